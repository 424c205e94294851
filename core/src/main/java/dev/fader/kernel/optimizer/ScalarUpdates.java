package dev.fader.kernel.optimizer;

import static dev.fader.kernel.matrix.Floats.get;
import static dev.fader.kernel.matrix.Floats.set;

import dev.fader.tensor.Tensor;

/// The reference.
record ScalarUpdates() implements Updates.Loops {
  @Override
  public void adamw(AdamW how, Step step, long from, int count) {
    var weight = step.weight().segment();
    var gradient = step.gradient().segment();
    var first = how.first().segment();
    var second = how.second().segment();
    long start = from << 2;
    float keep = how.keep(step);
    float stepSize = how.stepSize(step);
    float rootCorrection = how.rootCorrection(step);
    for (int i = 0; i < count; i++) {
      float g = get(gradient, start, i) * step.gradientFactor();
      float m = flush(Math.fma(1 - how.beta1(), g, how.beta1() * get(first, start, i)));
      float v = flush(Math.fma(1 - how.beta2(), g * g, how.beta2() * get(second, start, i)));
      float root = Math.fma((float) Math.sqrt(v), rootCorrection, how.epsilon());
      set(first, start, i, m);
      set(second, start, i, v);
      set(weight, start, i, Math.fma(-stepSize, m / root, get(weight, start, i) * keep));
    }
  }

  @Override
  public void sgd(Momentum how, Step step, long from, int count) {
    var weight = step.weight().segment();
    var gradient = step.gradient().segment();
    var velocity = how.velocity().segment();
    long start = from << 2;
    for (int i = 0; i < count; i++) {
      float w = get(weight, start, i);
      float g = Math.fma(how.weightDecay(), w, get(gradient, start, i) * step.gradientFactor());
      float v = flush(Math.fma(how.momentum(), get(velocity, start, i), g));
      float direction = how.nesterov() ? Math.fma(how.momentum(), v, g) : v;
      set(velocity, start, i, v);
      set(weight, start, i, Math.fma(-step.learningRate(), direction, w));
    }
  }

  @Override
  public double sumOfSquares(Tensor x, long from, int count) {
    var in = x.segment();
    double sum = 0;
    for (int i = 0; i < count; i++) {
      double value = get(in, from << 2, i);
      sum += value * value;
    }
    return sum;
  }

  static float flush(float moment) {
    return Math.abs(moment) < TINY ? 0 : moment;
  }
}
