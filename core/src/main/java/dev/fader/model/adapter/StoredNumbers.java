package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.format.FormatException;
import dev.fader.format.StoredTensor;
import dev.fader.format.TensorFile;
import dev.fader.grad.Variable;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.Map;
import java.util.Optional;

/// The numbers of a file whose tensors were compared with the layout before, copied to float32.
final class StoredNumbers implements AdapterNumbers {
  private final TensorFile file;
  private final Map<String, Tensor> composed;
  private final TensorArena values;
  private final Optional<TensorArena> gradients;

  /// @param composed tensors that were made of several of the file
  /// @param gradients for those of what is learned; empty if nothing is
  StoredNumbers(
      TensorFile file,
      Map<String, Tensor> composed,
      TensorArena values,
      Optional<TensorArena> gradients) {
    this.file = file;
    this.composed = composed;
    this.values = values;
    this.gradients = gradients;
  }

  @Override
  public Variable learned(String key, Shape shape, InitialValue initial) {
    return variable(copy(key, values.allocate(DType.FLOAT32, shape)));
  }

  @Override
  public Variable fixed(String key, Shape shape, InitialValue initial) {
    return Variable.fixed(copy(key, values.allocate(DType.FLOAT32, shape)));
  }

  @Override
  public Variable learnedRows(String key, Shape shape, InitialValue initial, RowOrder order) {
    var ordered = values.allocate(DType.FLOAT32, shape);
    try (var passing = values.memory().open("adapter file")) {
      order.toMemory(copy(key, passing.allocate(DType.FLOAT32, shape)), ordered);
    }
    return variable(ordered);
  }

  private Variable variable(Tensor value) {
    return gradients.isPresent()
        ? Variable.learned(value, gradients.get().allocate(DType.FLOAT32, value.shape()))
        : Variable.fixed(value);
  }

  /// The numbers of a tensor of a file: mapped, or a copy in `arena` of a type that is only stored.
  static Tensor view(StoredTensor stored, TensorArena arena) throws FormatException {
    if (stored.type().tensorType().isPresent()) {
      return stored.mapped();
    }
    var copy = arena.allocate(DType.FLOAT32, stored.shape());
    stored.copyTo(copy);
    return copy;
  }

  private Tensor copy(String key, Tensor target) {
    var made = composed.get(key);
    if (made != null) {
      return target.copyFrom(made);
    }
    try {
      copy(file.get(key), target);
      return target;
    } catch (FormatException unexpected) {
      throw new IllegalStateException("the file was compared with the layout", unexpected);
    }
  }

  /// Copies a tensor whose shape and type were compared before.
  ///
  /// @throws AdapterException if it has something that is no number
  static void copy(StoredTensor stored, Tensor target) throws FormatException {
    stored.copyTo(target);
    for (long i = 0; i < target.elements(); i++) {
      if (!Float.isFinite(target.get(i))) {
        throw new AdapterException(
            "tensor %s has %s at %d: the adapter is broken, or its training diverged"
                .formatted(FormatException.quoted(stored.name()), target.get(i), i));
      }
    }
  }

  @Override
  public Tensor scratch(Shape shape) {
    return values.allocate(DType.FLOAT32, shape);
  }

  @Override
  public boolean isReal() {
    return true;
  }
}
