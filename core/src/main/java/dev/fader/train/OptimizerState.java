package dev.fader.train;

import dev.fader.format.FileContent;
import dev.fader.format.FormatException;
import dev.fader.format.TensorContent;
import dev.fader.format.TensorFile;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the optimizer remembers, on its way to a file and back, also where each rank has only its
/// share of it: the file is the same. The first rank writes and reads, one piece of a tensor at a
/// time.
final class OptimizerState {
  private final Optimizer optimizer;
  private final Shares shares;
  private final RunOrders orders;
  private Optional<Path> saved = Optional.empty();

  OptimizerState(Optimizer optimizer, Shares shares) {
    this.optimizer = optimizer;
    this.shares = shares;
    this.orders = new RunOrders(shares.ranks().collective());
  }

  private boolean isShared() {
    return shares.shares(Sharding.OPTIMIZER);
  }

  /// The tensors, for the first rank to write. Where they are shared out, writing one orders the
  /// others to [#collect(int)] it.
  List<TensorContent> contents() {
    var contents = new ArrayList<TensorContent>();
    var all = optimizer.remembered();
    for (int i = 0; i < all.size(); i++) {
      int number = i;
      var one = all.get(i);
      contents.add(
          isShared()
              ? new TensorContent(
                  one.name(), DType.FLOAT32, one.spec().shape(), file -> order(number, file))
              : TensorContent.of(one.name(), one.whole()));
    }
    return contents;
  }

  private void order(int number, WritableByteChannel file) throws IOException {
    orders.tell(new RunOrders.Order.Collect(number));
    collect(number, bytes -> FileContent.writeFully(file, bytes.asByteBuffer()));
  }

  /// Gives the first rank this one's part of a tensor.
  void collect(int number) {
    try {
      collect(number, bytes -> {});
    } catch (IOException never) {
      throw new UncheckedIOException(never);
    }
  }

  private void collect(int number, Exchange.Bytes sink) throws IOException {
    var one = optimizer.remembered().get(number);
    for (var stretch : one.stretches()) {
      shares.exchange().orElseThrow().collect(stretch, one::of, sink);
    }
  }

  /// Reads a file: now, or where what is in it is shared out, as soon as it is.
  ///
  /// @throws FormatException if it is of other parameters
  void read(Path file) throws IOException {
    if (isShared()) {
      saved = Optional.of(file);
      return;
    }
    try (var tensors = TensorFile.open(file)) {
      for (var one : optimizer.remembered()) {
        tensors.get(one.name()).copyTo(one.whole());
      }
    }
  }

  /// Gives each rank what the first has or has read, at the same time on all.
  ///
  /// @throws UncheckedIOException if the first cannot read it
  void share() {
    var exchange = shares.exchange().orElseThrow();
    if (!isShared()) {
      optimizer.remembered().forEach(one -> exchange.share(one.whole()));
    } else if (exchange.isSaid(saved.isPresent())) {
      shareOut(exchange);
    }
  }

  private void shareOut(Exchange exchange) {
    if (saved.isEmpty()) {
      for (var one : optimizer.remembered()) {
        one.stretches().forEach(stretch -> exchange.hand(stretch, one::of, one::of));
      }
      return;
    }
    try (var tensors = TensorFile.open(saved.get())) {
      for (var one : optimizer.remembered()) {
        var whole = stored(tensors, one, saved.get());
        one.stretches()
            .forEach(stretch -> exchange.hand(stretch, piece -> piece.of(whole), one::of));
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Tensor stored(TensorFile tensors, Optimizer.Remembered one, Path file)
      throws IOException {
    var whole = tensors.get(one.name()).mapped();
    if (whole.type() != DType.FLOAT32 || !whole.shape().equals(one.spec().shape())) {
      throw new FormatException(
          file,
          "%s is %s where %s of float32 is needed"
              .formatted(FormatException.quoted(one.name()), whole, one.spec().shape()));
    }
    return whole;
  }
}
