package dev.fader.train;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.optimizer.AdamW;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
final class AdamWRule implements UpdateRule {
  private final Kernels kernels;
  private final OptimizerConfig config;
  private final float weightDecay;
  private final AdamW.Moments moments;

  AdamWRule(Kernels kernels, OptimizerConfig config, double weightDecay, AdamW.Moments moments) {
    this.kernels = kernels;
    this.config = config;
    this.weightDecay = (float) weightDecay;
    this.moments = moments;
  }

  static AdamW.Moments moments(Shape shape, TensorArena arena) {
    return new AdamW.Moments(
        arena.allocate(DType.FLOAT32, shape), arena.allocate(DType.FLOAT32, shape));
  }

  @Override
  public void update(Update update, Tensor weight, Tensor gradient) {
    var step =
        new AdamW(
            update.learningRate(),
            (float) config.beta1(),
            (float) config.beta2(),
            (float) config.epsilon(),
            weightDecay,
            update.number(),
            update.gradientFactor());
    kernels.updates().adamw(step, weight, gradient, moments);
  }

  @Override
  public SequencedMap<String, Tensor> state() {
    var state = new LinkedHashMap<String, Tensor>();
    state.put("first_moment", moments.first());
    state.put("second_moment", moments.second());
    return state;
  }
}
