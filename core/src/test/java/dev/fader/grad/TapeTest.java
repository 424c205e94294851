package dev.fader.grad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The tape's own part: what kernels compute is tested with the kernels.
class TapeTest {
  private static final long SEED = 7;
  private static final int ROWS = 13;
  private static final int WIDTH = 7;

  private final TensorMemory memory = TensorMemory.unlimited();
  private final TensorArena arena = memory.open("test");
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
  private final SplittableRandom random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    workers.close();
    arena.close();
  }

  private Variable learned(long... dimensions) {
    var value = arena.floats(dimensions);
    for (long i = 0; i < value.elements(); i++) {
      value.set(i, (float) random.nextGaussian());
    }
    return Variable.learned(value, arena.floats(dimensions));
  }

  private Tensor ids(int rows, int bound) {
    var ids = arena.allocate(DType.INT32, Shape.of(rows));
    for (int i = 0; i < rows; i++) {
      ids.set(i, random.nextInt(bound));
    }
    return ids;
  }

  private Tape tape(Tape.Mode mode) {
    return new Tape(kernels, arena, mode);
  }

  private static float[] gradient(Variable variable) {
    return variable.gradient().orElseThrow().toArray();
  }

  private static double sum(Tensor losses) {
    double sum = 0;
    for (float loss : losses.toArray()) {
      sum += loss;
    }
    return sum;
  }

  /// The gradient of `parameter` against central differences with steps of 1e-2 and 5e-3, combined
  /// so that the third derivative drops out. The loss is good to about 1e-6, which makes the
  /// quotients good to a few 1e-4.
  private void assertGradient(Variable parameter, Supplier<Double> loss) {
    var gradient = gradient(parameter);
    for (int i = 0; i < gradient.length; i++) {
      double wide = difference(parameter.value(), i, 1e-2f, loss);
      double narrow = difference(parameter.value(), i, 5e-3f, loss);
      double slope = (4 * narrow - wide) / 3;
      assertEquals(slope, gradient[i], 2e-3 * (1 + Math.abs(slope)), "element " + i);
    }
  }

  private static double difference(Tensor value, int index, float step, Supplier<Double> loss) {
    float before = value.get(index);
    value.set(index, before + step);
    float up = value.get(index);
    double above = loss.get();
    value.set(index, before - step);
    double below = loss.get();
    double quotient = (above - below) / (up - value.get(index));
    value.set(index, before);
    return quotient;
  }

  private Projection projection(int out, int in, boolean inputMajor) {
    return new Projection(
        inputMajor ? learned(in, out) : learned(out, in), Optional.of(learned(out)), inputMajor);
  }

  /// Embedding, norm, projections side by side in both layouts, a gate, a residual addition, head
  /// and loss.
  private Variable network(Tape tape, List<Variable> tables, List<Projection> projections) {
    var tokens = TokenBlock.ofSequences(tokenIds, 1, ROWS);
    var x =
        tape.embed(tokens, new EmbeddingTables(tables.get(0), Optional.of(tables.get(1)), 1.5f));
    var norm =
        new NormParameters(Normalization.Kind.RMS, tables.get(2), Optional.empty(), 1e-5f, 1);
    var hidden =
        tape.linear(tape.normalize(x, norm), List.of(projections.get(0), projections.get(1)));
    var activated = tape.activate(hidden, Activation.SILU, true);
    return tape.add(x, tape.linear(activated, List.of(projections.get(2))));
  }

  private final Tensor tokenIds = ids(ROWS, 11);

  @Test
  void gradientsOfSmallNetworkMatchCentralDifferences() {
    var tables = List.of(learned(11, WIDTH), learned(ROWS, WIDTH), learned(WIDTH));
    var projections =
        List.of(
            projection(5, WIDTH, false), projection(5, WIDTH, true), projection(WIDTH, 5, false));
    var head = learned(11, WIDTH);
    var targets = ids(ROWS, 11);
    targets.set(3, -1);
    var losses = arena.floats(ROWS);
    var tape = tape(Tape.Mode.TRAIN);
    tape.headLoss(network(tape, tables, projections), head, new HeadLoss(targets, 1, 2), losses);
    tape.backward();
    var infer = tape(Tape.Mode.INFER);
    Supplier<Double> loss =
        () -> {
          var plain = new HeadLoss(targets, 0, 2);
          infer.headLoss(network(infer, tables, projections), head, plain, losses);
          infer.clear();
          return sum(losses);
        };
    for (var table : tables) {
      assertGradient(table, loss);
    }
    for (var projection : projections) {
      assertGradient(projection.weight(), loss);
      assertGradient(projection.bias().orElseThrow(), loss);
    }
    assertGradient(head, loss);
  }

  @Test
  void headLossInChunksMatchesWhole() {
    var x = learned(ROWS, WIDTH);
    var head = learned(31, WIDTH);
    var targets = ids(ROWS, 31);
    var loss = new HeadLoss(targets, 0.1f, 5);
    var tape = tape(Tape.Mode.TRAIN);
    var whole = arena.floats(ROWS);
    new HeadLossOperation(x, head, loss, ROWS * 31).forward(tape, whole);
    var xGradient = gradient(x);
    var headGradient = gradient(head);
    for (int rows : new int[] {1, 5, 12}) {
      x.clearGradient();
      head.clearGradient();
      var chunked = arena.floats(ROWS);
      new HeadLossOperation(x, head, loss, rows * 31).forward(tape, chunked);
      assertArrayEquals(whole.toArray(), chunked.toArray());
      assertArrayEquals(xGradient, gradient(x));
      // The head's gradient is summed over the rows in other groups.
      assertArrayEquals(headGradient, gradient(head), 1e-6f, rows + " rows a chunk");
    }
  }

  @Test
  void sharedGradientIsCopiedBeforeWrite() {
    var workspace = tape(Tape.Mode.TRAIN).workspace();
    var y = Variable.result(workspace.take(Shape.of(3)), true);
    var x = Variable.result(workspace.take(Shape.of(3)), true);
    y.gradientToWrite(workspace).copyFrom(new float[] {1, 2, 3});
    x.shareGradientOf(y);
    x.gradientToWrite(workspace).set(0, 9);
    assertArrayEquals(new float[] {1, 2, 3}, gradient(y));
    assertArrayEquals(new float[] {9, 2, 3}, gradient(x));
  }

  @Test
  void clearReturnsMemory() {
    var tape = tape(Tape.Mode.TRAIN);
    var x = learned(ROWS, WIDTH);
    var projection = projection(5, WIDTH, false);
    tape.linear(x, List.of(projection));
    tape.clear();
    long before = arena.bytes();
    tape.linear(x, List.of(projection));
    tape.clear();
    assertEquals(before, arena.bytes());
  }

  @Test
  void frozenParameterGetsNoGradient() {
    var tape = tape(Tape.Mode.TRAIN);
    var x = learned(ROWS, WIDTH);
    var frozen = Variable.fixed(learned(5, WIDTH).value());
    var head = learned(11, 5);
    var y = tape.linear(x, List.of(new Projection(frozen, Optional.empty(), false)));
    tape.headLoss(y, head, new HeadLoss(ids(ROWS, 11), 1, 0), arena.floats(ROWS));
    tape.backward();
    assertTrue(frozen.gradient().isEmpty());
    assertTrue(x.gradient().isPresent());
  }

  @Test
  void wrongModeThrows() {
    var infer = tape(Tape.Mode.INFER);
    var x = learned(ROWS, WIDTH);
    var head = learned(11, WIDTH);
    var loss = new HeadLoss(ids(ROWS, 11), 1, 0);
    var gradients =
        assertThrows(
            IllegalStateException.class, () -> infer.headLoss(x, head, loss, arena.floats(ROWS)));
    assertEquals("a tape that infers computes no gradients", gradients.getMessage());
    var logits =
        assertThrows(IllegalStateException.class, () -> tape(Tape.Mode.TRAIN).logits(x, head, 0));
    assertEquals("training takes the loss of the head, not its logits", logits.getMessage());
  }
}
