package dev.fader.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationBatchesTest {
  @TempDir Path folder;
  private Workbench bench;

  @BeforeEach
  void makeBench() {
    bench = new Workbench(folder);
  }

  private static List<Integer> targets(EvaluationBatches batches) {
    var targets = new ArrayList<Integer>();
    for (long i = 0; i < batches.count(); i++) {
      for (int target : batches.batch(i).targets()) {
        if (target != Batch.IGNORED) {
          targets.add(target);
        }
      }
    }
    return targets;
  }

  @Test
  void allTokensButTheFirstArePredictedOnceInOrder() {
    var text = "The quick brown fox jumps over the lazy dog. ".repeat(9);
    try (var data = bench.dataset(0, bench.write("a.txt", text))) {
      var tokens = Arrays.stream(Workbench.tokens(data.training())).boxed().toList();
      for (int time : new int[] {1, 7, 33, 100, 1000}) {
        for (int rows : new int[] {1, 3, 8}) {
          var batches = EvaluationBatches.all(data.training(), rows, time);
          assertEquals(tokens.subList(1, tokens.size()), targets(batches), "context " + time);
          assertArrayEquals(
              batches.batch(0).inputs(), batches.batch(0).inputs(), "not the same twice");
        }
      }
    }
  }

  @Test
  void someBatchesAreSpreadEvenly() {
    try (var data = bench.dataset(0, bench.write("a.txt", "0123456789".repeat(1000)))) {
      var batches = EvaluationBatches.some(data.training(), 4, 10, 5);
      assertEquals(5, batches.count());
      assertEquals(200, targets(batches).size());
      var all = EvaluationBatches.some(data.training(), 4, 10, 250);
      assertEquals(10_000, targets(all).size());
      assertEquals(250, all.count());
    }
  }

  @Test
  void textMayBeShorterThanTheContext() {
    try (var data = bench.dataset(0, bench.write("a.txt", "abc"))) {
      var batch = EvaluationBatches.all(data.training(), 8, 64).batch(0);
      assertEquals(1, batch.rows());
      assertEquals(3, batch.time());
      assertArrayEquals(new int[] {'a', 'b', 'c'}, batch.inputs());
      assertArrayEquals(new int[] {'b', 'c', 256}, batch.targets());
    }
  }

  @Test
  void sequencesAreRowsOfTheirOwn() {
    var name =
        bench.write(
            "a.jsonl", "{\"ids\": [1, 2, 3, 4]}\n{\"ids\": [5, 6]}\n{\"ids\": [7, 8, 9]}\n");
    try (var data = bench.dataset(Encoder.ofIds(10), 0, name)) {
      var batches = EvaluationBatches.all(data.training(), 2, 64);
      assertEquals(2, batches.count());
      assertArrayEquals(new int[] {2, 3, 4, 6, -1, -1}, batches.batch(0).targets());
      assertArrayEquals(new int[] {8, 9}, batches.batch(1).targets());
      assertEquals(List.of(2, 3, 4, 6, 8, 9), targets(batches));
    }
  }

  @Test
  void nothingToPredictIsRefused() {
    var encoder = Encoder.of(Workbench.BYTES);
    try (var data = bench.dataset(encoder, 0, bench.write("a.txt", "ab"))) {
      assertThrows(
          IllegalArgumentException.class, () -> EvaluationBatches.some(data.training(), 1, 8, 0));
      assertTrue(EvaluationBatches.all(data.training(), 1, 8).count() == 1);
    }
  }
}
