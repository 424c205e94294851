package dev.fader.model.adapter;

import dev.fader.grad.Variable;
import dev.fader.model.Parameters;
import dev.fader.model.RandomNumbers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;

/// The numbers that an adapter begins with. Random ones are a function of the seed, the name and
/// the index.
final class NewNumbers implements AdapterNumbers {
  private final Parameters base;
  private final TensorArena values;
  private final TensorArena gradients;
  private final long seed;

  NewNumbers(Parameters base, TensorArena values, TensorArena gradients, long seed) {
    this.base = base;
    this.values = values;
    this.gradients = gradients;
    this.seed = seed;
  }

  @Override
  public Variable learned(String key, Shape shape, InitialValue initial) {
    var value = filled(key, shape, initial);
    return Variable.learned(value, gradients.allocate(DType.FLOAT32, shape));
  }

  @Override
  public Variable fixed(String key, Shape shape, InitialValue initial) {
    return Variable.fixed(filled(key, shape, initial));
  }

  /// New rows are made in the order that they have in memory.
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
    return !values.isCounting();
  }

  private Tensor filled(String key, Shape shape, InitialValue initial) {
    var tensor = scratch(shape);
    if (isReal()) {
      fill(tensor, initial, RandomNumbers.of(seed, key));
    }
    return tensor;
  }

  private void fill(Tensor tensor, InitialValue initial, RandomNumbers numbers) {
    switch (initial) {
      case InitialValue.Constant(float value) -> {
        for (long i = 0; value != 0 && i < tensor.elements(); i++) {
          tensor.set(i, value);
        }
      }
      case InitialValue.Uniform(double bound) -> {
        for (long i = 0; i < tensor.elements(); i++) {
          tensor.set(i, (float) (bound * (2 * numbers.uniform(i) - 1)));
        }
      }
      case InitialValue.Normal(double deviation) -> {
        for (long i = 0; i < tensor.elements(); i++) {
          tensor.set(i, (float) (deviation * numbers.normal(i)));
        }
      }
      case InitialValue.Orthogonal(var module, boolean up) ->
          OrthogonalFactors.fill(tensor, up, RandomNumbers.of(seed, module), numbers);
      case InitialValue.Rows(var spec, var rows) -> {
        var table = base.get(spec).value();
        for (int i = 0; i < rows.size(); i++) {
          tensor.slice(i, 1).copyFrom(table.slice(rows.get(i), 1));
        }
      }
      case InitialValue.SampledRows(var spec) -> {
        var table = base.get(spec).value();
        for (long i = 0; i < tensor.shape().dimension(0); i++) {
          long row = (long) (numbers.uniform(i) * spec.shape().dimension(0));
          tensor.slice(i, 1).copyFrom(table.slice(row, 1));
        }
      }
      case InitialValue.Same(var spec) -> tensor.copyFrom(base.get(spec).value());
      case InitialValue.Torch torch -> torch.fill(tensor);
      case InitialValue.Lengths() -> {} // known when the whole adapter is there
    }
  }
}
