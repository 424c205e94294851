package dev.fader.train;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;

/// The update-to-weight ratio of each layer: the norm of the update over the norm of the weights,
/// all parameters of a layer together.
///
/// About 1e-3 is healthy. Measured from the weights before and after, so weight decay counts, too;
/// only one parameter is copied at a time.
final class UpdateRatios {
  private final Kernels kernels;
  private final Shares shares;
  private final Tensor copy;
  private final PieceSums moved;
  private final PieceSums sizes;
  private final int layers;
  private final int sharedLayers;

  /// Memory for the largest of what is updated at a time in a layer, in `arena`.
  UpdateRatios(Kernels kernels, GradientSum sum, TensorArena arena) {
    this.kernels = kernels;
    this.shares = sum.shares();
    var config = sum.table().parameters().config();
    this.sharedLayers = config.sharedLayers();
    this.layers = config.layers() / sharedLayers;
    this.copy = arena.floats(most(shares));
    this.moved = new PieceSums(kernels.updates(), shares);
    this.sizes = new PieceSums(kernels.updates(), shares);
  }

  private static long most(Shares shares) {
    return shares.updated().stream()
        .filter(stretch -> shares.ownership().entry(stretch.entry()).role().inLayer())
        .mapToLong(Stretch::count)
        .max()
        .orElse(1);
  }

  /// Begins a step.
  void clear() {
    moved.clear();
    sizes.clear();
  }

  private boolean isInLayer(Stretch stretch) {
    return shares.ownership().entry(stretch.entry()).role().inLayer();
  }

  /// @param weight the numbers of the stretch
  void before(Stretch stretch, Tensor weight) {
    if (isInLayer(stretch)) {
      kernels.elementwise().copy(Matrix.of(weight), copyOf(weight));
      sizes.take(stretch, weight);
    }
  }

  /// @param weight the numbers of the stretch
  void after(Stretch stretch, Tensor weight) {
    if (isInLayer(stretch)) {
      var difference = copyOf(weight);
      kernels.elementwise().scale(difference, -1);
      kernels.elementwise().add(difference, Matrix.of(weight), difference);
      moved.take(stretch, copy.slice(0, weight.elements()));
    }
  }

  /// The copy in rows like those of the weight, which threads share.
  private Matrix copyOf(Tensor weight) {
    return Matrix.of(weight).on(copy);
  }

  /// One number per layer that has parameters of its own, of what all ranks have updated.
  List<Double> ratios() {
    sizes.gather();
    moved.gather();
    var squares = new double[2][layers];
    for (int entry = 0; entry < shares.ownership().entries(); entry++) {
      var spec = shares.ownership().entry(entry);
      if (spec.role().inLayer()) {
        squares[0][spec.layer() / sharedLayers] += sizes.of(entry);
        squares[1][spec.layer() / sharedLayers] += moved.of(entry);
      }
    }
    var ratios = new ArrayList<Double>(layers);
    for (int layer = 0; layer < layers; layer++) {
      double size = squares[0][layer];
      ratios.add(size == 0 ? 0 : Math.sqrt(squares[1][layer] / size));
    }
    return ratios;
  }
}
