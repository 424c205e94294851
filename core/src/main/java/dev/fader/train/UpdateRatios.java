package dev.fader.train;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The update-to-weight ratio of each layer: the norm of the update over the norm of the weights,
/// all parameters of a layer together.
///
/// About 1e-3 is healthy. Measured from the weights before and after, so weight decay counts, too;
/// only one parameter is copied at a time.
final class UpdateRatios {
  private final Kernels kernels;
  private final Tensor copy;
  private final double[] moved;
  private final double[] size;
  private final int sharedLayers;

  /// Memory for the largest entry in a layer, in `arena`.
  UpdateRatios(Kernels kernels, Parameters parameters, TensorArena arena) {
    this.kernels = kernels;
    this.sharedLayers = parameters.config().sharedLayers();
    long largest =
        parameters.learned().stream()
            .filter(spec -> spec.role().inLayer())
            .mapToLong(spec -> spec.shape().elements())
            .max()
            .orElse(1);
    this.copy = arena.floats(largest);
    this.moved = new double[parameters.config().layers() / sharedLayers];
    this.size = new double[moved.length];
  }

  /// Begins a step.
  void clear() {
    Arrays.fill(moved, 0);
    Arrays.fill(size, 0);
  }

  void before(ParameterSpec spec, Tensor weight) {
    if (spec.role().inLayer()) {
      kernels.elementwise().copy(Matrix.of(weight), copyOf(weight));
      size[layer(spec)] += kernels.updates().sumOfSquares(weight);
    }
  }

  void after(ParameterSpec spec, Tensor weight) {
    if (spec.role().inLayer()) {
      var difference = copyOf(weight);
      kernels.elementwise().scale(difference, -1);
      kernels.elementwise().add(difference, Matrix.of(weight), difference);
      moved[layer(spec)] += kernels.updates().sumOfSquares(copy.slice(0, weight.elements()));
    }
  }

  /// The copy in rows like those of the weight, which threads share.
  private Matrix copyOf(Tensor weight) {
    return Matrix.of(weight).on(copy);
  }

  private int layer(ParameterSpec spec) {
    return spec.layer() / sharedLayers;
  }

  /// One number per layer that has parameters of its own.
  List<Double> ratios() {
    var ratios = new ArrayList<Double>(moved.length);
    for (int layer = 0; layer < moved.length; layer++) {
      ratios.add(size[layer] == 0 ? 0 : Math.sqrt(moved[layer] / size[layer]));
    }
    return ratios;
  }
}
