package dev.fader.model.adapter;

import dev.fader.grad.Variable;
import dev.fader.model.Parameters;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;

/// Adapters without numbers, for plans: what they take in memory that only counts.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class CountedAdapter {
  /// Where its numbers would be.
  ///
  /// @param gradients of what is learned
  public record Arenas(TensorArena values, TensorArena gradients) {}

  private CountedAdapter() {}

  /// What an adapter that learns would take.
  ///
  /// @param isNew whether each of its targets must match something
  /// @param arenas of memory that only counts
  /// @throws dev.fader.adapter.AdapterException if the configuration does not fit the model
  public static LoadedAdapter of(
      AdapterConfig config, boolean isNew, Parameters base, Arenas arenas) {
    var numbers = new RecordedNumbers(new Shapes(arenas.values, arenas.gradients));
    var built = new AdapterBuilder(config, new BaseModules(base.config()), numbers, isNew).build();
    return new LoadedAdapter(config, built, numbers.given(), numbers.orders());
  }

  private record Shapes(TensorArena values, TensorArena gradients) implements AdapterNumbers {
    @Override
    public Variable learned(String key, Shape shape, InitialValue initial) {
      return Variable.learned(scratch(shape), gradients.allocate(DType.FLOAT32, shape));
    }

    @Override
    public Variable fixed(String key, Shape shape, InitialValue initial) {
      return Variable.fixed(scratch(shape));
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
      return false;
    }
  }
}
