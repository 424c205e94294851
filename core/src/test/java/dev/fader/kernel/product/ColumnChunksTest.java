package dev.fader.kernel.product;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColumnChunksTest {
  private static List<Matrix> operands(int depth, int... columns) {
    var operands = new ArrayList<Matrix>();
    try (var arena = TensorMemory.counting().open("test")) {
      for (int count : columns) {
        var tensor = arena.allocate(DType.BFLOAT16, Shape.of(count, depth));
        operands.add(Matrix.of(tensor).transposed());
      }
    }
    return operands;
  }

  private static void check(int depth, int workers, int... columns) {
    var chunks = new ColumnChunks();
    chunks.cut(operands(depth, columns), depth, workers);
    int chunk = 0;
    for (int operand = 0; operand < columns.length; operand++) {
      int covered = 0;
      while (covered < columns[operand]) {
        assertEquals(operand, chunks.operand(chunk));
        assertEquals(covered, chunks.first(chunk));
        assertTrue(chunks.end(chunk) > covered);
        assertTrue(
            chunks.end(chunk) % 32 == 0 || chunks.end(chunk) == columns[operand],
            "a strip is cut at " + chunks.end(chunk));
        covered = chunks.end(chunk);
        chunk++;
      }
      assertEquals(columns[operand], covered);
    }
    assertEquals(chunk, chunks.count());
  }

  @Test
  void chunksCoverEveryColumnOnce() {
    for (int workers : new int[] {1, 2, 3, 64}) {
      for (int depth : new int[] {1, 7, 33, 2048, 1 << 20}) {
        check(depth, workers, 1);
        check(depth, workers, 31, 32, 33);
        check(depth, workers, 2048, 512, 512);
        check(depth, workers, 13, 100_001);
      }
    }
  }

  @Test
  void firstChunksAreLongAndTheLastAreShort() {
    var chunks = new ColumnChunks();
    chunks.cut(operands(2048, 8192, 8192), 2048, 2);
    assertEquals(4096, chunks.end(0) - chunks.first(0));
    int last = chunks.count() - 1;
    assertEquals(32, chunks.end(last) - chunks.first(last));
    assertTrue(chunks.count() < 50, "chunks: " + chunks.count());
  }
}
