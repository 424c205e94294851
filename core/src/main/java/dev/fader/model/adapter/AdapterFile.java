package dev.fader.model.adapter;

import dev.fader.adapter.ModelAdapter;
import dev.fader.adapter.ModelAdapter.VirtualTokens;
import dev.fader.adapter.PromptEncoder;
import dev.fader.format.TensorContent;
import dev.fader.grad.Tape;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The tensors of an adapter as its file has them.
final class AdapterFile {
  private AdapterFile() {}

  /// All tensors with rows in the order of the file, read when they are written.
  static List<TensorContent> tensors(LoadedAdapter adapter, ModelConfig model, KeptRanks kept) {
    var tensors = new ArrayList<TensorContent>();
    var halves = ConvertedLora.halves(adapter.adapter());
    adapter
        .tensors()
        .forEach((key, variable) -> {
          var tensor = variable.value();
          var half = Optional.ofNullable(halves.get(key));
          var part = kept.of(key);
          var order = adapter.order(key);
          if (adapter.comesOfEncoder() && key.startsWith(PromptEncoder.NAME)) {
            return; // what it makes is all that is kept
          }
          if (adapter.comesOfEncoder() && key.equals(ModelAdapter.VIRTUAL_TOKENS)) {
            tensors.add(encoded(adapter.adapter().virtualTokens().orElseThrow()));
          } else if (half.isPresent()) {
            var both = half.get();
            tensors.add(made(key, both.shape(), whole -> both.join(tensor, whole), order));
          } else if (part.isPresent()) {
            var some = part.get();
            tensors.add(
                made(key, some.shape(tensor.shape()), left -> some.copy(tensor, left), order));
          } else {
            tensors.add(content(key, tensor, order));
          }
        });
    boolean alone = adapter.config().method() instanceof TokensMethod;
    if (alone && model.embedding().tied() && model.names().has(Role.HEAD)) {
      // peft looks for the rows of a tied head, too
      String head = model.names().name(Role.HEAD, 0, 0, false);
      String module = head.substring(0, head.lastIndexOf('.') + 1);
      var rows = tensors.getFirst();
      tensors.add(
          new TensorContent(
              AdapterBuilder.PREFIX + module + TokensMethod.ALONE,
              rows.type(),
              rows.shape(),
              rows.data()));
    }
    return tensors;
  }

  private static TensorContent content(String key, Tensor tensor, Optional<RowOrder> order) {
    return order.isEmpty()
        ? TensorContent.of(key, tensor)
        : new TensorContent(
            key,
            tensor.type(),
            tensor.shape(),
            channel -> writeOrdered(tensor, order.get(), channel));
  }

  /// What the encoder makes of the rows, when they are written.
  private static TensorContent encoded(VirtualTokens tokens) {
    var rows = tokens.rows().value();
    return new TensorContent(
        ModelAdapter.VIRTUAL_TOKENS,
        rows.type(),
        rows.shape(),
        channel -> {
          try (var arena = TensorMemory.unlimited().open("adapter");
              var workers = Workers.of(1)) {
            var tape = new Tape(Kernels.choose(workers), arena, Tape.Mode.INFER);
            var result = tokens.embeddings(tape).value();
            TensorContent.of(ModelAdapter.VIRTUAL_TOKENS, result).data().writeTo(channel);
          }
        });
  }

  /// A tensor that is made when it is written.
  private static TensorContent made(
      String key, Shape shape, Consumer<Tensor> making, Optional<RowOrder> order) {
    return new TensorContent(
        key,
        DType.FLOAT32,
        shape,
        channel -> {
          try (var arena = TensorMemory.unlimited().open("adapter")) {
            var tensor = arena.allocate(DType.FLOAT32, shape);
            making.accept(tensor);
            content(key, tensor, order).data().writeTo(channel);
          }
        });
  }

  private static void writeOrdered(Tensor tensor, RowOrder order, WritableByteChannel channel)
      throws IOException {
    try (var arena = TensorMemory.unlimited().open("adapter")) {
      var ordered = arena.allocate(tensor.type(), tensor.shape());
      order.toFile(tensor, ordered);
      TensorContent.of("rows", ordered).data().writeTo(channel);
    }
  }
}
