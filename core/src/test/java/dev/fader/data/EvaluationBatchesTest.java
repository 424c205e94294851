package dev.fader.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.EvaluationBatches.Windows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationBatchesTest {
  private static final int BEGIN = 257;
  private static final int END = 258;

  @TempDir Path folder;
  private Workbench bench;

  @BeforeEach
  void makeBench() {
    bench = new Workbench(folder);
  }

  /// One prediction: the ids of its window as far as it sees them, and the target.
  private record Predicted(List<Integer> seen, int target) {}

  private static List<Predicted> predictions(EvaluationBatches batches) {
    var predictions = new ArrayList<Predicted>();
    for (var batch : batches) {
      for (int row = 0; row < batch.rows(); row++) {
        var seen = new ArrayList<Integer>();
        for (int i = row * batch.time(); i < (row + 1) * batch.time(); i++) {
          seen.add(batch.inputs()[i]);
          if (batch.targets()[i] != Batch.IGNORED) {
            predictions.add(new Predicted(List.copyOf(seen), batch.targets()[i]));
          }
        }
      }
    }
    return predictions;
  }

  /// The loop of the page on perplexity in the documentation of Hugging Face's transformers, with
  /// tokens before each window.
  private static List<Predicted> reference(
      List<Integer> ids, List<Integer> before, Windows windows) {
    var predictions = new ArrayList<Predicted>();
    int room = windows.context() - before.size();
    int stride = windows.stride() == 0 ? room : windows.stride();
    int previousEnd = 0;
    for (int begin = 0; begin < ids.size(); begin += stride) {
      int end = Math.min(begin + room, ids.size());
      for (int at = previousEnd; at < end; at++) {
        var seen = new ArrayList<>(before);
        seen.addAll(ids.subList(begin, at));
        if (!seen.isEmpty()) {
          predictions.add(new Predicted(seen, ids.get(at)));
        }
      }
      previousEnd = end;
      if (end == ids.size()) {
        break;
      }
    }
    return predictions;
  }

  private static List<Integer> bytes(String text) {
    return text.chars().boxed().toList();
  }

  @Test
  void windowsMatchReference() {
    var plain = Encoder.of(Workbench.BYTES);
    var begun = Encoder.of(Workbench.framed(folder.resolve("bos"), "<s>", "", "</s>"));
    for (int length : new int[] {2, 3, 7, 13, 31, 33, 100}) {
      var text = "The quick brown fox jumps over the lazy dog. ".repeat(3).substring(0, length);
      var name = bench.write("%d.txt".formatted(length), text);
      for (var encoder : List.of(plain, begun)) {
        List<Integer> before = encoder == begun ? List.of(BEGIN) : List.of();
        try (var data = bench.dataset(encoder, 0, name)) {
          for (int context : new int[] {2, 7, 13, 33, 128}) {
            int room = context - before.size();
            for (int stride : new int[] {0, 1, Math.max(1, room / 2), room}) {
              var windows = new Windows(context, stride);
              var expected = reference(bytes(text), before, windows);
              for (int rows : new int[] {1, 3, 8}) {
                var batches = EvaluationBatches.all(data.training(), windows, rows);
                var what = "%d tokens, %s, %d rows".formatted(length, windows, rows);
                assertEquals(expected, predictions(batches), what);
              }
            }
          }
        }
      }
    }
  }

  @Test
  void prefixTokensAreNotPredictedAndEndsAre() {
    var encoder = Encoder.of(Workbench.framed(folder.resolve("both"), "<s>", "</s>", "</s>"));
    var name = bench.write("a.jsonl", "{\"text\": \"abc\"}\n{\"text\": \"de\"}\n");
    try (var data = bench.dataset(encoder, 0, name)) {
      assertArrayEquals(
          new int[] {BEGIN, 'a', 'b', 'c', END, BEGIN, 'd', 'e', END},
          Workbench.tokens(data.training()));
      var whole = EvaluationBatches.all(data.training(), Windows.whole(16), 1).batch(0);
      assertArrayEquals(new int[] {BEGIN, 'a', 'b', 'c', END, BEGIN, 'd', 'e'}, whole.inputs());
      assertArrayEquals(new int[] {'a', 'b', 'c', END, -1, 'd', 'e', END}, whole.targets());
      // The second window starts where the second document does: it does not begin twice.
      var cut = EvaluationBatches.all(data.training(), Windows.whole(5), 2).batch(0);
      assertArrayEquals(new int[] {BEGIN, 'a', 'b', 'c', BEGIN, 'd', 'e', 0}, cut.inputs());
      assertArrayEquals(new int[] {'a', 'b', 'c', END, 'd', 'e', END, -1}, cut.targets());
      // Seven ids are the text's: five bytes and two ends.
      assertEquals(7.0 / 5, data.training().bitsPerByte(Math.log(2)).orElseThrow(), 1e-12);
    }
  }

  @Test
  void lastSeparatorIsNotMeasured() {
    var name = bench.write("a.jsonl", "{\"text\": \"ab\"}\n{\"text\": \"cd\"}\n");
    try (var data = bench.dataset(0, name)) {
      var batch = EvaluationBatches.all(data.training(), Windows.whole(16), 1).batch(0);
      assertArrayEquals(new int[] {'a', 'b', 256, 'c'}, batch.inputs());
      assertArrayEquals(new int[] {'b', 256, 'c', 'd'}, batch.targets());
    }
  }

  @Test
  void sampledWindowsAreIndependentOfBatchSize() {
    try (var data = bench.dataset(0, bench.write("a.txt", "0123456789".repeat(1000)))) {
      var some = EvaluationBatches.some(data.training(), Windows.whole(10), 4, 20);
      assertEquals(5, some.count());
      assertEquals(20, some.windows());
      assertEquals(180, predictions(some).size());
      assertEquals(
          predictions(some),
          predictions(EvaluationBatches.some(data.training(), Windows.whole(10), 7, 20)));
      var all = EvaluationBatches.some(data.training(), Windows.whole(10), 4, 5000);
      assertEquals(1000, all.windows());
    }
  }

  @Test
  void sequencesAreSeparateWindows() {
    var name =
        bench.write(
            "a.jsonl", "{\"ids\": [1, 2, 3, 4]}\n{\"ids\": [5, 6]}\n{\"ids\": [7, 8, 9]}\n");
    try (var data = bench.dataset(Encoder.ofIds(10), 0, name)) {
      var batches = EvaluationBatches.all(data.training(), Windows.whole(64), 2);
      assertEquals(2, batches.count());
      assertArrayEquals(new int[] {2, 3, 4, 6, -1, -1}, batches.batch(0).targets());
      assertArrayEquals(new int[] {8, 9}, batches.batch(1).targets());
    }
  }

  @Test
  void manySequencesGiveWindowsOfEach() {
    var lines = new StringBuilder();
    var expected = new ArrayList<Predicted>();
    for (int i = 0; i < 2500; i++) { // more than two entries of the index
      var ids = new ArrayList<Integer>();
      for (int at = 0; at < 2 + i % 17; at++) {
        ids.add((i * 31 + at * 7) % 1000);
      }
      lines.append("{\"ids\": ").append(ids).append("}\n");
      expected.addAll(reference(ids, List.of(), Windows.strided(6, 2)));
    }
    var name = bench.write("many.jsonl", lines.toString());
    try (var data = bench.dataset(Encoder.ofIds(1000), 0, name)) {
      assertEquals(
          expected, predictions(EvaluationBatches.all(data.training(), Windows.strided(6, 2), 13)));
    }
  }

  @Test
  void nothingToPredictIsRefused() {
    try (var data = bench.dataset(0, bench.write("a.txt", "ab"))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> EvaluationBatches.some(data.training(), Windows.whole(8), 1, 0));
      assertEquals(1, EvaluationBatches.all(data.training(), Windows.whole(8), 1).count());
      refused(data, Windows.whole(1), "a context of 1 has room for no token");
      refused(data, Windows.strided(8, 9), "a stride of 9 leaves out tokens between windows of 8");
    }
  }

  @Test
  void singleTokenMeasuresItsEnd() {
    try (var data = bench.dataset(0, bench.write("b.txt", "a"))) {
      var batch = EvaluationBatches.all(data.training(), Windows.whole(8), 1).batch(0);
      assertArrayEquals(new int[] {'a'}, batch.inputs());
      assertArrayEquals(new int[] {256}, batch.targets());
    }
  }

  private static void refused(Dataset data, Windows windows, String message) {
    var refused =
        assertThrows(DataException.class, () -> EvaluationBatches.all(data.training(), windows, 1));
    assertTrue(refused.getMessage().contains(message), refused.getMessage());
  }

  @Test
  void batchesAreRepeatable() {
    try (var data = bench.dataset(0, bench.write("a.txt", "0123456789".repeat(10)))) {
      var batches = EvaluationBatches.all(data.training(), Windows.strided(10, 3), 4);
      assertTrue(
          Arrays.equals(batches.batch(1).inputs(), batches.batch(1).inputs()), "not the same");
    }
  }
}
