package dev.fader.model.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorMemory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RandomWeightsTest {
  private static final double DEVIATION = 0.02;

  static Stream<DType> types() {
    return Stream.concat(
        Stream.of(DType.FLOAT32, DType.FLOAT16, DType.BFLOAT16),
        Stream.of(DType.values()).filter(DType::isQuantized));
  }

  private static List<float[]> fill(DType type, Shape shape, int threads) {
    try (var workers = Workers.of(threads);
        var arena = TensorMemory.unlimited().open("test")) {
      var weights = new RandomWeights(workers, 3);
      var first = arena.allocate(type, shape);
      var second = arena.allocate(type, shape);
      weights.fill(first, DEVIATION);
      weights.fill(second, DEVIATION);
      return List.of(first.toArray(), second.toArray());
    }
  }

  /// 79,872 numbers, of which some repeat: the deviation is within 10 % where the type can hold it.
  /// NVFP4's scales are eight bits, of which three are a fraction, so close to zero every second
  /// step is a third off.
  @ParameterizedTest
  @MethodSource("types")
  void everyTypeHoldsNumbersOfThatDeviation(DType type) {
    for (float[] numbers : fill(type, Shape.of(39, 2048), 1)) {
      double squares = 0;
      for (float number : numbers) {
        assertTrue(Float.isFinite(number), () -> type + " holds " + number);
        squares += (double) number * number;
      }
      double tolerance = type == DType.NVFP4 ? 0.35 : 0.1;
      assertEquals(DEVIATION, Math.sqrt(squares / numbers.length), tolerance * DEVIATION);
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void theSameOnAnyThreads(DType type) {
    var shape = Shape.of(1201, 256);
    var one = fill(type, shape, 1);
    var three = fill(type, shape, 3);
    assertArrayEquals(one.get(0), three.get(0));
    assertArrayEquals(one.get(1), three.get(1));
    assertFalse(Arrays.equals(one.get(0), one.get(1)), () -> "two tensors of " + type + " alike");
  }

  @ParameterizedTest
  @MethodSource("plain")
  void anyNumberOfElements(DType type) {
    for (int length : new int[] {1, 7, 31, 33, 100}) {
      float[] numbers = fill(type, Shape.of(length), 2).getFirst();
      assertTrue(numbers[length - 1] != 0, () -> type + ": the last of " + length + " is 0");
    }
  }

  static Stream<DType> plain() {
    return Stream.of(DType.FLOAT32, DType.FLOAT16, DType.BFLOAT16);
  }
}
