package dev.fader.train;

import dev.fader.collective.Collective;
import dev.fader.format.FileContent;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorContent;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the optimizers of ranks remember that take steps of their own: the first rank alone has the
/// checkpoint, and asks the others for theirs, one tensor at a time.
final class RankStates {
  private final Collective group;
  private final OuterStep outer;
  private final RunOrders orders;
  private final Map<String, Tensor> own;
  private final List<Tensor> inOrder;

  /// @param own what the optimizer of this rank remembers, by the same names on all ranks
  RankStates(Ranks ranks, OuterStep outer, Map<String, Tensor> own) {
    this.group = ranks.collective();
    this.outer = outer;
    this.orders = new RunOrders(group);
    this.own = own;
    this.inOrder = List.copyOf(own.values());
  }

  int ranks() {
    return group.size();
  }

  /// What another rank remembers, which is asked for when it is written.
  FileContent content(int rank) {
    var tensors = new ArrayList<TensorContent>();
    int index = 0;
    for (var entry : own.entrySet()) {
      int asked = index++;
      var like = entry.getValue();
      tensors.add(
          new TensorContent(
              entry.getKey(), like.type(), like.shape(), channel -> write(rank, asked, channel)));
    }
    return new SafetensorsContent(tensors);
  }

  private void write(int rank, int index, WritableByteChannel channel) throws IOException {
    try (var arena = Arena.ofShared()) {
      var numbers = like(inOrder.get(index), arena);
      orders.tell(new RunOrders.Order.Give(rank, index));
      outer.send(numbers, rank, 0);
      TensorContent.of("", numbers).data().writeTo(channel);
    }
  }

  private static Tensor like(Tensor tensor, Arena arena) {
    MemorySegment numbers = arena.allocate(tensor.segment().byteSize(), Long.BYTES);
    return new Tensor(DType.FLOAT32, tensor.shape(), numbers);
  }

  /// Does as [RunOrders.Order.Give] says.
  void give(int rank, int index) {
    outer.send(inOrder.get(index), rank, 0);
  }

  /// Gives each rank what it remembered, at the same time on all; what the first has, if the run
  /// begins or had another number of ranks.
  ///
  /// @param checkpoint of the first rank, if it has read one
  void share(Optional<Path> checkpoint) {
    for (int rank = 1; rank < group.size(); rank++) {
      int to = rank;
      var file = checkpoint.flatMap(found -> TrainerFolder.optimizerOf(to, group.size(), found));
      if (file.isPresent()) {
        send(file.get(), rank);
      } else {
        inOrder.forEach(tensor -> outer.send(tensor, 0, to));
      }
    }
  }

  private void send(Path file, int rank) {
    try (var arena = Arena.ofShared()) {
      var there = new LinkedHashMap<String, Tensor>();
      own.forEach((name, tensor) -> there.put(name, like(tensor, arena)));
      TrainerFolder.read(file, there);
      there.values().forEach(tensor -> outer.send(tensor, 0, rank));
    } catch (IOException unreadable) {
      throw new TrainingException(
          "cannot resume from %s: %s".formatted(file, unreadable.getMessage()), unreadable);
    }
  }
}
