package dev.fader.train;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.optimizer.Momentum;
import dev.fader.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Gradient descent with momentum, as PyTorch's `SGD`.
final class MomentumRule implements UpdateRule {
  private final Kernels kernels;
  private final float momentum;
  private final float weightDecay;
  private final Tensor velocity;

  MomentumRule(Kernels kernels, OptimizerConfig config, double weightDecay, Tensor velocity) {
    this.kernels = kernels;
    this.momentum = (float) config.momentum();
    this.weightDecay = (float) weightDecay;
    this.velocity = velocity;
  }

  @Override
  public void update(Update update, Tensor weight, Tensor gradient) {
    var step =
        new Momentum(update.learningRate(), momentum, weightDecay, update.gradientFactor(), false);
    kernels.updates().sgd(step, weight, gradient, velocity);
  }

  @Override
  public SequencedMap<String, Tensor> state() {
    var state = new LinkedHashMap<String, Tensor>();
    state.put("velocity", velocity);
    return state;
  }
}
