package dev.fader.model.adapter;

import dev.fader.format.TensorContent;
import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The tensors of an adapter as its file has them.
final class AdapterFile {
  private AdapterFile() {}

  /// All tensors with rows in the order of the file, read when they are written.
  static List<TensorContent> tensors(LoadedAdapter adapter, ModelConfig model) {
    var tensors = new ArrayList<TensorContent>();
    var halves = ConvertedLora.halves(adapter.adapter());
    adapter
        .tensors()
        .forEach((key, variable) -> {
          var tensor = variable.value();
          var half = Optional.ofNullable(halves.get(key));
          tensors.add(
              half.isEmpty()
                  ? content(key, tensor, adapter.order(key))
                  : joined(key, tensor, half.get(), adapter.order(key)));
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

  /// What is learned, and what it began with.
  private static TensorContent joined(
      String key, Tensor learned, ConvertedLora.Half half, Optional<RowOrder> order) {
    return new TensorContent(
        key,
        learned.type(),
        half.shape(),
        channel -> {
          try (var arena = TensorMemory.unlimited().open("adapter")) {
            var whole = arena.allocate(learned.type(), half.shape());
            half.join(learned, whole);
            content(key, whole, order).data().writeTo(channel);
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
