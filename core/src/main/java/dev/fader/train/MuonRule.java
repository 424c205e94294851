package dev.fader.train;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.optimizer.Momentum;
import dev.fader.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// Muon (Jordan et al. 2024): the momentum of a matrix, made orthogonal, is its update.
///
/// Updates are scaled by `0.2 * sqrt(max(rows, columns))`, which gives them the size that AdamW's
/// have, so that learning rates and weight decay carry over (Liu et al. 2025, section 2.2). Where
/// one tensor holds several matrices, as queries, keys and values of GPT-2 or gate and up of Phi-3,
/// each is made orthogonal by itself.
final class MuonRule implements UpdateRule {
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
  MuonRule(OptimizerConfig config, Tensor velocity, Orthogonalization shared, List<Matrix> parts) {
    this.kernels = shared.kernels();
    this.momentum = (float) config.momentum();
    this.weightDecay = config.weightDecay();
    this.velocity = velocity;
    this.orthogonalization = shared;
    this.direction = shared.direction(velocity.shape());
    this.parts = parts;
  }

  @Override
  public void update(Update update, Tensor weight, Tensor gradient) {
    var look = new Momentum(ADD, momentum, 0, update.gradientFactor(), true);
    kernels.updates().sgd(look, direction.zero(), gradient, velocity);
    kernels
        .elementwise()
        .scale(Matrix.of(weight), (float) (1 - update.learningRate() * weightDecay));
    for (var part : parts) {
      var orthogonal = orthogonalization.orthogonal(part.on(direction));
      int longer = Math.max(orthogonal.rows(), orthogonal.columns());
      double size = UPDATE_SIZE * Math.sqrt(longer);
      kernels.elementwise().scale(orthogonal, (float) (-update.learningRate() * size));
      var moved = part.on(weight);
      kernels.elementwise().add(moved, orthogonal, moved);
    }
  }

  @Override
  public SequencedMap<String, Tensor> state() {
    var state = new LinkedHashMap<String, Tensor>();
    state.put("velocity", velocity);
    return state;
  }
}
