package dev.fader.model.adapter;

import dev.fader.grad.Variable;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Numbers that were read from another format than peft's, and have the names, shapes and orders
/// that they have in its files.
final class GivenNumbers implements AdapterNumbers {
  private final Map<String, Tensor> tensors;
  private final TensorArena values;
  private final Optional<TensorArena> gradients;

  /// @param tensors by their names in peft's files, float32 in `values`
  /// @param gradients for those of what is learned; empty if nothing is
  GivenNumbers(Map<String, Tensor> tensors, TensorArena values, Optional<TensorArena> gradients) {
    this.tensors = tensors;
    this.values = values;
    this.gradients = gradients;
  }

  @Override
  public Variable learned(String key, Shape shape, InitialValue initial) {
    return variable(tensor(key));
  }

  private Tensor tensor(String key) {
    return Objects.requireNonNull(tensors.get(key), key);
  }

  private Variable variable(Tensor value) {
    return gradients.isPresent()
        ? Variable.learned(value, gradients.get().allocate(DType.FLOAT32, value.shape()))
        : Variable.fixed(value);
  }

  @Override
  public Variable fixed(String key, Shape shape, InitialValue initial) {
    return Variable.fixed(tensor(key));
  }

  @Override
  public Variable learnedRows(String key, Shape shape, InitialValue initial, RowOrder order) {
    var ordered = values.allocate(DType.FLOAT32, shape);
    order.toMemory(tensor(key), ordered);
    return variable(ordered);
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
