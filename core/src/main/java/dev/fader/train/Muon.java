package dev.fader.train;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.optimizer.Momentum;
import dev.fader.kernel.optimizer.Step;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// Muon (Jordan et al. 2024): the momentum of a matrix, made orthogonal, is its update.
///
/// Updates are scaled by `0.2 * sqrt(max(rows, columns))`, which gives them the size that AdamW's
/// have, so that learning rates and weight decay carry over (Liu et al. 2025, section 2.2). Where
/// one tensor holds several matrices, as queries, keys and values of GPT-2 or gate and up of Phi-3,
/// each is made orthogonal by itself.
final class Muon implements Optimizer.Rule {
  /// Matches the root mean square of AdamW's updates.
  private static final double UPDATE_SIZE = 0.2;

  /// Moves the velocity and adds the look-ahead of Nesterov to zeros.
  private static final float ADD = -1;

  private final Kernels kernels;
  private final float momentum;
  private final double weightDecay;
  private final Tensor velocity;
  private final Orthogonalization orthogonalization;
  private final Tensor direction;
  private final List<Matrix> parts;

  /// @param parts the matrices that the weight holds, as windows on `velocity`
  Muon(OptimizerConfig config, Tensor velocity, Orthogonalization shared, List<Matrix> parts) {
    this.kernels = shared.kernels();
    this.momentum = (float) config.momentum();
    this.weightDecay = config.weightDecay();
    this.velocity = velocity;
    this.orthogonalization = shared;
    this.direction = shared.direction(velocity.shape());
    this.parts = parts;
  }

  @Override
  public void update(Step step) {
    var look =
        new Step(step.number(), ADD, step.gradientFactor(), direction.zero(), step.gradient());
    kernels.updates().sgd(new Momentum(momentum, 0, true, velocity), look);
    var weight = step.weight();
    kernels.elementwise().scale(Matrix.of(weight), (float) (1 - step.learningRate() * weightDecay));
    for (var part : parts) {
      var orthogonal = orthogonalization.orthogonal(part.on(direction));
      int longer = Math.max(orthogonal.rows(), orthogonal.columns());
      double size = UPDATE_SIZE * Math.sqrt(longer);
      kernels.elementwise().scale(orthogonal, (float) (-step.learningRate() * size));
      var moved = part.on(weight);
      kernels.elementwise().add(moved, orthogonal, moved);
    }
  }

  @Override
  public SequencedMap<String, Tensor> state() {
    var state = new LinkedHashMap<String, Tensor>();
    state.put(Optimizer.MomentumRule.NAMES.getFirst(), velocity);
    return state;
  }

  /// Pushes the singular values of a matrix towards one with five steps of a quintic Newton-Schulz
  /// iteration (Jordan et al. 2024). They end between about 0.7 and 1.2, which serves as well as
  /// one.
  ///
  /// The memory is for the largest matrix there is, and is used for all of them in turn.
  static final class Orthogonalization {
    private static final int STEPS = 5;
    private static final float A = 3.4445f;
    private static final float B = -4.7750f;
    private static final float C = 2.0315f;
    private static final double LEAST_NORM = 1e-7;

    private final Kernels kernels;
    private final Tensor direction;
    private final Tensor iterate;
    private final Tensor next;
    private final Tensor gram;
    private final Tensor polynomial;

    /// Memory for matrices of up to `elements` elements whose shorter side is at most `shorter`.
    Orthogonalization(Kernels kernels, TensorArena arena, long elements, long shorter) {
      this.kernels = kernels;
      this.direction = arena.floats(elements);
      this.iterate = arena.floats(elements);
      this.next = arena.floats(elements);
      this.gram = arena.floats(Math.multiplyExact(shorter, shorter));
      this.polynomial = arena.floats(Math.multiplyExact(shorter, shorter));
    }

    Kernels kernels() {
      return kernels;
    }

    /// Memory of this shape for what is to be made orthogonal, the same for every caller.
    Tensor direction(Shape shape) {
      return direction.slice(0, shape.elements()).reshape(shape.dimension(0), shape.dimension(1));
    }

    /// `x` with its singular values pushed towards one, in memory that the next call uses again.
    Matrix orthogonal(Matrix x) {
      boolean tall = x.rows() > x.columns();
      var current = window(iterate, x.rows(), x.columns());
      var other = window(next, x.rows(), x.columns());
      kernels.elementwise().copy(x, current);
      double norm = Math.sqrt(kernels.updates().sumOfSquares(current.tensor()));
      kernels.elementwise().scale(current, (float) (1 / (norm + LEAST_NORM)));
      for (int step = 0; step < STEPS; step++) {
        iterate(tall ? current.transposed() : current, tall ? other.transposed() : other);
        var swapped = current;
        current = other;
        other = swapped;
      }
      return current;
    }

    /// y = (a I + b G + c G G) x with G = x x^T, for a wide x.
    private void iterate(Matrix x, Matrix y) {
      int side = x.rows();
      var g = window(gram, side, side);
      var p = window(polynomial, side, side);
      kernels.product().multiply(x, x.transposed(), g);
      kernels.product().multiply(g, g, p);
      kernels.elementwise().scale(p, C);
      kernels.elementwise().scale(g, B);
      kernels.elementwise().add(p, g, p);
      for (long i = 0; i < side; i++) {
        long diagonal = i * side + i;
        p.tensor().set(diagonal, p.tensor().get(diagonal) + A);
      }
      kernels.product().multiply(p, x, y);
    }

    private static Matrix window(Tensor memory, int rows, int columns) {
      return Matrix.of(memory.slice(0, (long) rows * columns).reshape(rows, columns));
    }
  }
}
