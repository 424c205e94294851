package dev.fader.grad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.TensorMemory;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SquaredErrorTest {
  /// `y = 3 x + 1` where `y` should be 2 and 8 for `x` of 1 and 2: differences 2 and -1.
  @Test
  void lossAndGradientsMatchFormula() {
    try (var workers = Workers.of(1);
        var arena = TensorMemory.unlimited().open("line")) {
      var tape = new Tape(Kernels.scalar(workers), arena, Tape.Mode.TRAIN);
      var a = Variable.learned(arena.floats(1, 1).copyFrom(new float[] {3}), arena.floats(1, 1));
      var b = Variable.learned(arena.floats(1).copyFrom(new float[] {1}), arena.floats(1));
      var x = arena.floats(2, 1).copyFrom(new float[] {1, 2});
      var targets = arena.floats(2, 1).copyFrom(new float[] {2, 8});
      var y = tape.linear(Variable.fixed(x), List.of(new Projection(a, Optional.of(b), false)));
      assertEquals((2 * 2 + 1) / 2.0, tape.squaredError(y, targets));
      tape.backward();
      // The mean of 2 * difference * x, and of 2 * difference.
      assertEquals(2 * (2 * 1 - 1 * 2) / 2f, a.gradient().orElseThrow().get(0));
      assertEquals(2 * (2 - 1) / 2f, b.gradient().orElseThrow().get(0));
      assertThrows(
          IllegalArgumentException.class,
          () -> tape.squaredError(a, arena.floats(2)),
          "targets of another shape");
    }
  }
}
