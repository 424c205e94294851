package dev.fader.inspect.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.Engine;
import dev.fader.kernel.factor.MatrixRows;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SpectrumTest extends TensorFixture {
  private Spectrum of(float[] numbers, int rows, int columns, int count) throws IOException {
    var path = safetensors(Map.of("w", tensor(DType.FLOAT32, numbers, rows, columns)));
    try (var tensors = ModelTensors.open(path);
        var engine = new Engine(2, TensorMemory.unlimited())) {
      return Spectrum.of(tensors.find("w").orElseThrow(), count, engine, () -> false);
    }
  }

  /// Of a diagonal matrix the values are known.
  @Test
  void ofADiagonalMatrix() throws IOException {
    var numbers = new float[13 * 31];
    for (int i = 0; i < 13; i++) {
      numbers[i * 31 + 2 * i] = i < 4 ? 2 : 0;
    }
    var found = of(numbers, 13, 31, 5);
    assertEquals(5, found.largest().size());
    assertEquals(2, found.norm(), 1e-12);
    assertEquals(0, found.largest().get(4), 1e-12);
    assertEquals(4, found.stableRank(), 1e-12);
    assertEquals(4, found.effectiveRank().orElseThrow(), 1e-9);
    assertEquals(1, found.energy(), 1e-12);
  }

  @Test
  void endsWhenNobodyWaits() throws IOException {
    var path = safetensors(Map.of("w", tensor(DType.FLOAT32, normal(600 * 601, 0, 1), 600, 601)));
    try (var tensors = ModelTensors.open(path);
        var engine = new Engine(2, TensorMemory.unlimited())) {
      var tensor = tensors.find("w").orElseThrow();
      var rows = new AtomicInteger();
      assertThrows(
          CancellationException.class,
          () -> Spectrum.of(tensor, 4, engine, () -> rows.incrementAndGet() > 700));
      assertTrue(rows.get() < 1300, rows + " rows were read");
      assertEquals(5 * 8 * 1201 * 14, Spectrum.heapBytes(tensor.entry(), 4));
    }
  }

  /// A matrix too large for all values has the leading ones of the naive decomposition.
  @Test
  void largeMatricesHaveTheirLeadingValues() throws IOException {
    int size = Spectrum.ALL + 8;
    var numbers = new float[size * size];
    var left = normal(size * 2, 0, 1);
    var right = normal(size * 2, 0, 1);
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        for (int k = 0; k < 2; k++) {
          numbers[i * size + j] += (k + 1) * left[k * size + i] * right[k * size + j];
        }
      }
    }
    var found = of(numbers, size, size, 3);
    assertTrue(found.effectiveRank().isEmpty());
    // A product of factors of rank two: values of about 2 and 1 times the size, and nothing else.
    assertEquals(1, found.energy(), 1e-6);
    assertTrue(
        found.largest().get(1) > 0.7 * size && found.largest().get(2) < 1e-2, found::toString);
    assertTrue(found.stableRank() > 1 && found.stableRank() < 2, found::toString);
  }

  @Test
  void zerosHaveNoRank() throws IOException {
    var found = of(new float[7 * 7], 7, 7, 3);
    assertEquals(0, found.norm());
    assertEquals(0, found.stableRank());
    assertEquals(0, found.effectiveRank().orElseThrow());
  }

  /// Memory does not grow with the length of a narrow matrix, and its time has an end.
  @Test
  void longMatricesAreRefused() {
    var matrix = MatrixRows.of(1 << 30, 2, (row, target) -> {});
    try (var engine = new Engine(1, TensorMemory.unlimited())) {
      var refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> Spectrum.of(matrix, 3, engine.kernels(), engine.memory()));
      assertEquals(
          "a matrix of 1073741824 x 2 is too long for its singular values: those of up to 268435456 numbers are computed",
          refused.getMessage());
    }
  }
}
