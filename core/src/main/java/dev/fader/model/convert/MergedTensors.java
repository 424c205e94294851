package dev.fader.model.convert;

import dev.fader.adapter.AdapterException;
import dev.fader.format.TensorContent;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// The tensors of a merged model as they are stored, and what that costs.
final class MergedTensors {
  private final Workers workers;
  private final List<ModelQuantization.Result> rounded = new ArrayList<>();

  MergedTensors(Workers workers) {
    this.workers = workers;
  }

  /// The tensors that were written in another type than they were computed in, so far.
  List<ModelQuantization.Result> rounded() {
    return List.copyOf(rounded);
  }

  /// `tensor` as it is to be stored.
  ///
  /// @throws AdapterException if Fader does not write `type`
  TensorContent content(String name, Tensor tensor, DType type) {
    if (tensor.type() == type) {
      return TensorContent.of(name, tensor);
    }
    if (type.isQuantized() && !type.blockFormat().isWritten()) {
      throw new AdapterException(
          "the adapters change '%s', which is stored as %s, a type that is only read: choose another (--type Q4_K_M)"
              .formatted(name, type));
    }
    return new TensorContent(
        name,
        type,
        tensor.shape(),
        channel -> {
          var encoding = new TensorEncoding(tensor, type, workers);
          encoding.write(channel, elements -> {});
          rounded.add(
              new ModelQuantization.Result(
                  name,
                  tensor.type(),
                  type,
                  tensor.elements(),
                  type.bytesFor(tensor.elements()),
                  encoding.squaredError()));
        });
  }

  /// The same, but a vector stays as it is where `type` cannot hold its numbers.
  TensorContent matrixContent(String name, Tensor tensor, DType type) {
    boolean kept = tensor.shape().rank() < 2 && !holds(type, tensor);
    return content(name, tensor, kept ? tensor.type() : type);
  }

  private static boolean holds(DType type, Tensor tensor) {
    try (var arena = Arena.ofConfined()) {
      var copy =
          new Tensor(type, tensor.shape(), arena.allocate(type.bytesFor(tensor.elements()), 8));
      copy.copyFrom(tensor);
      for (long i = 0; i < tensor.elements(); i++) {
        if (copy.get(i) != tensor.get(i)) {
          return false;
        }
      }
      return true;
    }
  }
}
