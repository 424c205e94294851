package dev.fader.model.adapter;

import dev.fader.adapter.Adapter;
import dev.fader.adapter.AdapterException;
import dev.fader.adapter.AdaptiveLowRankAdapter;
import dev.fader.adapter.ComputedDelta;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.adapter.MergedProjection;
import dev.fader.adapter.VectorAdapter;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.model.Parameters;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;

/// What adapters add to weights, one matrix at a time.
final class WeightChange {
  private final Parameters base;
  private final Kernels kernels;

  WeightChange(Parameters base, Kernels kernels) {
    this.base = base;
    this.kernels = kernels;
  }

  /// The weight of a module with the adapter minus that without it: (out, in), rows as in memory.
  /// Methods that add to the weight are exact in float32; of others it is a difference of two
  /// numbers of the weight's size.
  ///
  /// @param arena for the result, and for what is needed besides
  /// @throws AdapterException if the bias changes, too
  Matrix of(String module, Adapter adapter, TensorArena arena) {
    return of(module, adapter, arena, true);
  }

  /// The same without regard to the bias.
  Matrix weight(String module, Adapter adapter, TensorArena arena) {
    return of(module, adapter, arena, false);
  }

  private Matrix of(String module, Adapter adapter, TensorArena arena, boolean alone) {
    var projection = base.projection(module);
    var weight = projection.weight().value();
    var changed = arena.allocate(DType.FLOAT32, weight.shape());
    boolean adds = isAdded(adapter);
    if (!adds) {
      changed.copyFrom(weight);
    }
    var bias =
        projection
            .bias()
            .map(row -> arena.allocate(DType.FLOAT32, row.value().shape()).copyFrom(row.value()));
    var merged =
        new MergedProjection(
            kernels, arena, new MergedProjection.Stored(changed, projection), bias);
    adapter.merge(merged);
    boolean added = merged.bias().isPresent() != bias.isPresent();
    if (alone
        && (added
            || (bias.isPresent()
                && !isSame(bias.get(), projection.bias().orElseThrow().value())))) {
      throw new AdapterException(
          "the adapter changes the bias of '%s', too, which LoRA does not: merge it into the model"
              .formatted(module));
    }
    var result = Matrix.of(changed);
    if (!adds) {
      subtract(weight, result);
    }
    return projection.inputMajor() ? result.transposed() : result;
  }

  private static boolean isAdded(Adapter adapter) {
    return switch (adapter) {
      case LowRankAdapter _, AdaptiveLowRankAdapter _, VectorAdapter _, ComputedDelta _ -> true;
      default -> false;
    };
  }

  private static boolean isSame(Tensor a, Tensor b) {
    for (long i = 0; i < a.elements(); i++) {
      if (a.get(i) != b.get(i)) {
        return false;
      }
    }
    return true;
  }

  private static void subtract(Tensor weight, Matrix from) {
    var original = Matrix.of(weight);
    var row = new float[from.columns()];
    for (int i = 0; i < from.rows(); i++) {
      original.read(i, row);
      for (int j = 0; j < row.length; j++) {
        from.set(i, j, from.get(i, j) - row[j]);
      }
    }
  }
}
