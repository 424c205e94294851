package dev.fader.model.adapter;

import dev.fader.grad.Variable;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// The numbers of a GGUF file, whose rows are already in the order of memory.
final class GgufNumbers implements AdapterNumbers {
  private final Map<String, Tensor> tensors;
  private final TensorArena values;
  private final Optional<TensorArena> gradients;

  /// @param tensors by their names in peft's files, in `values`
  GgufNumbers(Map<String, Tensor> tensors, TensorArena values, Optional<TensorArena> gradients) {
    this.tensors = tensors;
    this.values = values;
    this.gradients = gradients;
  }

  @Override
  public Variable learned(String key, Shape shape, InitialValue initial) {
    var value = Objects.requireNonNull(tensors.get(key), key);
    return gradients.isPresent()
        ? Variable.learned(value, gradients.get().allocate(DType.FLOAT32, shape))
        : Variable.fixed(value);
  }

  @Override
  public Variable fixed(String key, Shape shape, InitialValue initial) {
    return Variable.fixed(Objects.requireNonNull(tensors.get(key), key));
  }

  @Override
  public Variable learnedRows(String key, Shape shape, InitialValue initial, RowOrder order) {
    return learned(key, shape, initial);
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
