package dev.fader.kernel.optimizer;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static dev.fader.kernel.vector.Lanes.load;
import static dev.fader.kernel.vector.Lanes.store;

import dev.fader.kernel.vector.VectorMath;
import dev.fader.tensor.Tensor;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The Vector API twin. What is left behind the last whole vector goes through the reference.
record VectorUpdates(ScalarUpdates scalar) implements Updates.Loops {
  private static final int LANES = FLOATS.length();

  @Override
  public void adamw(AdamW how, Step step, long from, int count) {
    var weight = step.weight().segment();
    var gradient = step.gradient().segment();
    var first = how.first().segment();
    var second = how.second().segment();
    long start = from << 2;
    var beta1 = FloatVector.broadcast(FLOATS, 1 - how.beta1());
    var beta2 = FloatVector.broadcast(FLOATS, 1 - how.beta2());
    var epsilon = FloatVector.broadcast(FLOATS, how.epsilon());
    var rootCorrection = FloatVector.broadcast(FLOATS, how.rootCorrection(step));
    var stepSize = FloatVector.broadcast(FLOATS, -how.stepSize(step));
    float keep = how.keep(step);
    int bound = FLOATS.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      var g = load(gradient, start, i).mul(step.gradientFactor());
      var m = flush(beta1.fma(g, load(first, start, i).mul(how.beta1())));
      var v = flush(beta2.fma(g.mul(g), load(second, start, i).mul(how.beta2())));
      var root = v.sqrt().fma(rootCorrection, epsilon);
      store(m, first, start, i);
      store(v, second, start, i);
      var kept = load(weight, start, i).mul(keep);
      store(stepSize.fma(m.div(root), kept), weight, start, i);
    }
    scalar.adamw(how, step, from + bound, count - bound);
  }

  @Override
  public void sgd(Momentum how, Step step, long from, int count) {
    var weight = step.weight().segment();
    var gradient = step.gradient().segment();
    var velocity = how.velocity().segment();
    long start = from << 2;
    var decay = FloatVector.broadcast(FLOATS, how.weightDecay());
    var momentum = FloatVector.broadcast(FLOATS, how.momentum());
    var rate = FloatVector.broadcast(FLOATS, -step.learningRate());
    boolean nesterov = how.nesterov();
    int bound = FLOATS.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      var w = load(weight, start, i);
      var g = decay.fma(w, load(gradient, start, i).mul(step.gradientFactor()));
      var v = flush(momentum.fma(load(velocity, start, i), g));
      store(v, velocity, start, i);
      // Not by way of methods of ours: the compiler may find a branch too cold to put them in line.
      long at = start + ((long) i << 2);
      if (nesterov) {
        rate.fma(momentum.fma(v, g), w).intoMemorySegment(weight, at, ORDER);
      } else {
        rate.fma(v, w).intoMemorySegment(weight, at, ORDER);
      }
    }
    scalar.sgd(how, step, from + bound, count - bound);
  }

  private static FloatVector flush(FloatVector moment) {
    return moment.blend(0, moment.abs().compare(VectorOperators.LT, TINY));
  }

  @Override
  public double sumOfSquares(Tensor x, long from, int count) {
    var in = x.segment();
    var low = DoubleVector.zero(VectorMath.DOUBLES);
    var high = DoubleVector.broadcast(VectorMath.DOUBLES, 0);
    int bound = FLOATS.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      var v = load(in, from << 2, i);
      var a = (DoubleVector) v.convert(VectorOperators.F2D, 0);
      var b = (DoubleVector) v.convert(VectorOperators.F2D, 1);
      low = a.fma(a, low);
      high = b.fma(b, high);
    }
    return VectorMath.sum(low.add(high)) + scalar.sumOfSquares(x, from + bound, count - bound);
  }
}
