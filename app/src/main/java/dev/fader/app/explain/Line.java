package dev.fader.app.explain;

import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.Engine;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.List;
import java.util.Optional;

/// The smallest model there is, `y = x a + b`, learned from points by gradient descent.
final class Line implements AutoCloseable {
  private final TensorArena arena;
  private final Tape tape;
  private final Variable a;
  private final Variable b;
  private final Variable x;
  private final Tensor y;

  /// A line with these parameters, to be learned from points.
  Line(Engine engine, float[] parameters, float[][] points) {
    arena = engine.memory().open("line");
    tape = new Tape(engine.kernels(), arena, Tape.Mode.TRAIN);
    a = Variable.learned(arena.floats(1, 1), arena.floats(1, 1));
    b = Variable.learned(arena.floats(1), arena.floats(1));
    a.value().set(0, parameters[0]);
    b.value().set(0, parameters[1]);
    x = Variable.fixed(arena.floats(points[0].length, 1).copyFrom(points[0]));
    y = arena.floats(points[1].length, 1).copyFrom(points[1]);
  }

  float a() {
    return a.value().get(0);
  }

  float b() {
    return b.value().get(0);
  }

  /// The mean squared error, and the gradients with it.
  double loss() {
    a.clearGradient();
    b.clearGradient();
    double loss =
        tape.squaredError(tape.linear(x, List.of(new Projection(a, Optional.of(b), false))), y);
    tape.backward();
    return loss;
  }

  float slopeOfA() {
    return a.gradient().orElseThrow().get(0);
  }

  float slopeOfB() {
    return b.gradient().orElseThrow().get(0);
  }

  void move(float byA, float byB) {
    a.value().set(0, a() + byA);
    b.value().set(0, b() + byB);
  }

  /// One step downhill; the loss before it.
  double step(float rate) {
    double loss = loss();
    move(-rate * slopeOfA(), -rate * slopeOfB());
    return loss;
  }

  @Override
  public void close() {
    arena.close();
  }
}
