package dev.fader.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchesTest {
  @TempDir Path folder;
  private Workbench bench;

  @BeforeEach
  void makeBench() {
    bench = new Workbench(folder);
  }

  /// Text of so many tokens.
  private Dataset numbered(int tokens) {
    var text = new StringBuilder();
    for (int i = 0; i < tokens - 1; i++) {
      text.append((char) ('a' + i * i % 26));
    }
    return bench.dataset(0, bench.write("n%d.txt".formatted(tokens), text.toString()));
  }

  private static Batch copy(Batch batch) {
    return new Batch(batch.rows(), batch.time(), batch.inputs().clone(), batch.targets().clone());
  }

  private static void assertSameBatch(Batch expected, Batch actual, String what) {
    assertEquals(expected.time(), actual.time(), what);
    assertArrayEquals(expected.inputs(), actual.inputs(), what);
    assertArrayEquals(expected.targets(), actual.targets(), what);
  }

  /// Ids that are all different, so that each target is known by its id.
  private TokenFile distinct(int tokens) {
    var ids = new StringBuilder("{\"ids\": [0");
    for (int i = 1; i < tokens; i++) {
      ids.append(", ").append(i);
    }
    var name = bench.write("d%d.jsonl".formatted(tokens), ids.append("]}\n").toString());
    try (var corpus = bench.corpus(name);
        var result =
            Tokenization.run(
                corpus,
                Encoder.ofIds(tokens),
                new Tokenization.Place(bench.cache(), 1, line -> {}))) {
      var target = folder.resolve("d%d.tokens".formatted(tokens));
      var packed = new Tokenization.Result(result.spool(), TokenFile.Layout.PACKED, Framing.NONE);
      TokenFileWriter.write(
          packed,
          new TokenFileWriter.Side(new Split.Nothing(SplitMethod.NOTHING), false),
          new TokenFileWriter.Target(target, tokens, "00".repeat(32)));
      return TokenFile.open(target);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Test
  void epochPredictsEveryTargetOnce() {
    for (int tokens : new int[] {8, 9, 14, 100, 101, 333}) {
      try (var file = distinct(tokens)) {
        for (int time : new int[] {1, 7}) {
          var batches = Batches.of(file, new Batches.Order(1, time, 42));
          for (int epoch = 0; epoch < 3; epoch++) {
            assertEpoch(
                batches, tokens, "%d tokens, context %d, epoch %d".formatted(tokens, time, epoch));
          }
        }
      }
    }
  }

  private static void assertEpoch(Batches batches, int tokens, String what) {
    var seen = new int[tokens];
    for (long row = 0; row < batches.rowsPerEpoch(); row++) {
      var batch = batches.next();
      for (int i = 0; i < batch.time(); i++) {
        if (batch.targets()[i] != Batch.IGNORED) {
          assertEquals(batch.inputs()[i] + 1, batch.targets()[i], what);
          seen[batch.targets()[i]]++;
        }
      }
    }
    var once = new int[tokens];
    Arrays.fill(once, 1);
    once[0] = 0; // nothing stands before it
    assertArrayEquals(once, seen, what);
    assertEquals(0, batches.position().index(), what);
  }

  /// Each window begins with `<s>` once, wherever it is cut, and never predicts it; each document
  /// has in the stream what encoding it gives.
  @Test
  void windowsBeginWithPrefixTokens() {
    var encoder = Encoder.of(Workbench.framed(folder.resolve("bos"), "<s>", "", "</s>"));
    var text = new StringBuilder();
    var bytes = new ArrayList<Integer>();
    for (int i = 0; i < 40; i++) {
      var document = "abcdefghij".repeat(3).substring(0, 1 + i % 13);
      document.chars().forEach(bytes::add);
      bytes.add(258); // the separator, as the encoding has no end
      text.append("{\"text\": \"%s\"}\n".formatted(document));
    }
    bytes.sort(null);
    try (var data = bench.dataset(encoder, 0, bench.write("a.jsonl", text.toString()))) {
      assertEquals(bytes.size() + 40, data.training().tokens());
      for (int time : new int[] {2, 7, 33, 100}) {
        var batches = Batches.of(data.training(), new Batches.Order(1, time, 5));
        for (int epoch = 0; epoch < 3; epoch++) {
          var targets = new ArrayList<Integer>();
          for (long row = 0; row < batches.rowsPerEpoch(); row++) {
            addTargets(batches.next(), targets);
          }
          targets.sort(null);
          assertEquals(bytes, targets, "context " + time);
          assertEquals(0, batches.position().index());
        }
      }
    }
  }

  private static void addTargets(Batch batch, List<Integer> targets) {
    assertEquals(257, batch.inputs()[0]);
    for (int i = 0; i < batch.time(); i++) {
      int target = batch.targets()[i];
      if (target != Batch.IGNORED) {
        targets.add(target);
        int next = i + 1 < batch.time() ? batch.inputs()[i + 1] : target;
        assertTrue(next == target || next == 0, "the last row of an epoch is filled up with 0");
      }
      if (i > 0 && batch.inputs()[i] == 257) {
        assertEquals(258, batch.inputs()[i - 1], "only after the end of a document");
      }
    }
  }

  @Test
  void sharedDelimiterIsWrittenOnce() {
    var eot = "<|endoftext|>";
    var encoder = Encoder.of(Workbench.framed(folder.resolve("eot"), eot, "", eot));
    var name = bench.write("a.jsonl", "{\"text\": \"ab\"}\n{\"text\": \"cd\"}\n");
    try (var data = bench.dataset(encoder, 0, name)) {
      assertArrayEquals(
          new int[] {'a', 'b', 256, 'c', 'd', 256}, Workbench.tokens(data.training()));
      var batch = Batches.of(data.training(), new Batches.Order(1, 6, 1)).next();
      assertEquals(256, batch.inputs()[0]);
    }
  }

  @Test
  void contextOfOnlyPrefixTokensIsRefused() {
    var encoder = Encoder.of(Workbench.framed(folder.resolve("bos"), "<s>", "", "</s>"));
    try (var data = bench.dataset(encoder, 0, bench.write("a.txt", "abcdef"))) {
      var refused =
          assertThrows(
              DataException.class, () -> Batches.of(data.training(), new Batches.Order(1, 1, 1)));
      assertTrue(refused.getMessage().contains("leaves no room"), refused.getMessage());
    }
  }

  @Test
  void epochsDifferInCutsAndOrder() {
    try (var file = distinct(1000)) {
      var batches = Batches.of(file, new Batches.Order(1, 10, 3));
      var first = new ArrayList<Integer>();
      var second = new ArrayList<Integer>();
      for (int i = 0; i < 100; i++) {
        first.add(batches.next().inputs()[0]);
      }
      for (int i = 0; i < 100; i++) {
        second.add(batches.next().inputs()[0]);
      }
      assertFalse(first.equals(second), "two epochs in the same order");
      var sorted = new ArrayList<>(first);
      sorted.sort(null);
      assertFalse(sorted.equals(first), "an epoch in the order of the text");
      assertTrue(
          first.getFirst() % 10 != second.getFirst() % 10
              || !new HashSet<>(first).equals(new HashSet<>(second)),
          "two epochs are cut at the same places");
    }
  }

  @Test
  void seedFixesOrder() {
    try (var data = numbered(1000)) {
      var a = Batches.of(data.training(), new Batches.Order(4, 13, 1));
      var b = Batches.of(data.training(), new Batches.Order(4, 13, 1));
      var c = Batches.of(data.training(), new Batches.Order(4, 13, 2));
      boolean differs = false;
      for (int i = 0; i < 50; i++) {
        var batch = copy(a.next());
        assertSameBatch(batch, b.next(), "batch " + i);
        differs |= !Arrays.equals(batch.inputs(), c.next().inputs());
      }
      assertTrue(differs, "another seed gives the same order");
    }
  }

  @Test
  void seekGivesSameBatches() {
    long seed = 17;
    var random = new Random(seed);
    var lines = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      var ids = random.ints(2 + random.nextInt(30), 0, 250).boxed().toList();
      lines.append("{\"ids\": ").append(ids).append("}\n");
    }
    try (var text = numbered(501);
        var sequences = bench.dataset(0, bench.write("s.jsonl", lines.toString()))) {
      for (var file : List.of(text.training(), sequences.training())) {
        var order = new Batches.Order(3, 13, seed);
        var whole = Batches.of(file, order);
        var batches = new ArrayList<Batch>();
        var positions = new ArrayList<Position>();
        for (int i = 0; i < 100; i++) {
          positions.add(whole.position());
          batches.add(copy(whole.next()));
        }
        assertTrue(positions.getLast().epoch() >= 2, "too short a test: " + positions.getLast());
        var resumed = Batches.of(file, order);
        for (int trial = 0; trial < 30; trial++) {
          int start = random.nextInt(100);
          resumed.seek(positions.get(start));
          for (int i = start; i < Math.min(100, start + 20); i++) {
            assertEquals(positions.get(i), resumed.position());
            assertSameBatch(
                batches.get(i),
                resumed.next(),
                "seed %d, batch %d from %d".formatted(seed, i, start));
          }
        }
      }
    }
  }

  @Test
  void batchSizeDoesNotChangeRows() {
    try (var data = numbered(500)) {
      var small = Batches.of(data.training(), new Batches.Order(2, 7, 5));
      var large = Batches.of(data.training(), new Batches.Order(6, 7, 5));
      for (int i = 0; i < 60; i++) {
        var whole = large.next();
        for (int part = 0; part < 3; part++) {
          var batch = small.next();
          assertArrayEquals(
              Arrays.copyOfRange(whole.inputs(), part * 14, (part + 1) * 14), batch.inputs());
        }
        assertEquals(large.position(), small.position());
      }
    }
  }

  @Test
  void twoSequencesFillEveryBatch() {
    var a = List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
    var b = List.of(21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37);
    var name = bench.write("a.jsonl", "{\"ids\": %s}\n{\"ids\": %s}\n".formatted(a, b));
    try (var data = bench.dataset(Encoder.ofIds(384), 0.1, name)) {
      var batches = Batches.of(data.training(), new Batches.Order(2, 64, 9));
      for (int step = 0; step < 10; step++) {
        var batch = batches.next();
        assertEquals(16, batch.time());
        assertEquals(32, batch.predictions());
        var rows = new HashSet<List<Integer>>();
        for (int row = 0; row < 2; row++) {
          var ids = new ArrayList<Integer>();
          for (int t = 0; t < 16; t++) {
            ids.add(batch.inputs()[row * 16 + t]);
          }
          ids.add(batch.targets()[row * 16 + 15]);
          rows.add(ids);
        }
        assertEquals(Set.of(a, b), rows, "step " + step);
      }
      assertEquals(new Position(10, 0), batches.position());
      assertEquals(Optional.empty(), batches.notice());
    }
  }

  @Test
  void shortSequencesArePadded() {
    var name = bench.write("a.jsonl", "{\"ids\": [1, 2, 3, 4]}\n{\"ids\": [5, 6]}\n");
    try (var data = bench.dataset(Encoder.ofIds(10), 0.1, name)) {
      var batch = Batches.of(data.training(), new Batches.Order(2, 64, 9)).next();
      assertEquals(3, batch.time());
      int shortRow = batch.inputs()[0] == 5 ? 0 : 3;
      assertArrayEquals(
          new int[] {5, 0, 0}, Arrays.copyOfRange(batch.inputs(), shortRow, shortRow + 3));
      assertArrayEquals(
          new int[] {6, -1, -1}, Arrays.copyOfRange(batch.targets(), shortRow, shortRow + 3));
      assertEquals(4, batch.predictions());
    }
  }

  @Test
  void longSequencesAreCutWithoutLoss() {
    var name =
        bench.write(
            "a.jsonl",
            "{\"ids\": [0, 1, 2, 3, 4, 5, 6, 7]}\n{\"ids\": [8, 9]}\n{\"ids\": [10, 11, 12, 13]}\n");
    try (var data = bench.dataset(Encoder.ofIds(14), 0.1, name)) {
      var batches = Batches.of(data.training(), new Batches.Order(1, 3, 9));
      assertEquals(5, batches.rowsPerEpoch());
      assertEquals(11, batches.targetsPerEpoch());
      assertEquals(
          Optional.of("sequences that are longer than the context of 3 and are cut into pieces: 1"),
          batches.notice());
      var targets = new ArrayList<Integer>();
      for (int i = 0; i < 5; i++) {
        var batch = batches.next();
        for (int t = 0; t < batch.time(); t++) {
          assertEquals(batch.inputs()[t] + 1, batch.targets()[t]);
          targets.add(batch.targets()[t]);
        }
      }
      targets.sort(null);
      assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13), targets);
    }
  }

  @Test
  void manySequencesAreAllIndexed() {
    var lines = new StringBuilder();
    for (int i = 0; i < 5000; i++) {
      lines.append("{\"ids\": [").append(i);
      for (int more = 0; more <= i % 5; more++) {
        lines.append(", ").append(i);
      }
      lines.append("]}\n");
    }
    try (var data =
        bench.dataset(Encoder.ofIds(5000), 0, bench.write("a.jsonl", lines.toString()))) {
      var batches = Batches.of(data.training(), new Batches.Order(10, 2, 1));
      var seen = new int[5000];
      assertEquals(9000, batches.rowsPerEpoch(), "one, one, two, two and three rows in turn");
      while (batches.position().epoch() == 0) {
        for (int target : batches.next().targets()) {
          if (target >= 0) {
            seen[target]++;
          }
        }
      }
      for (int i = 0; i < 5000; i++) {
        assertEquals(i % 5 + 1, seen[i], "sequence " + i);
      }
    }
  }

  @Test
  void batchArraysAreReused() {
    try (var data = numbered(500)) {
      var batches = Batches.of(data.training(), new Batches.Order(4, 31, 5));
      assertSame(batches.next(), batches.next());
    }
  }

  @Test
  void textShorterThanContextIsRefused() {
    try (var data = numbered(33)) {
      assertEquals(1, Batches.of(data.training(), new Batches.Order(1, 32, 0)).rowsPerEpoch());
      var failure =
          assertThrows(
              DataException.class, () -> Batches.of(data.training(), new Batches.Order(1, 33, 0)));
      assertEquals(
          "the text to learn from is 33 tokens, less than one context of 33 and the token after it; give more text or a `context` of at most 32",
          failure.getMessage());
    }
  }

  @Test
  void positionOutOfRangeIsRefused() {
    try (var data = numbered(100)) {
      var batches = Batches.of(data.training(), new Batches.Order(1, 10, 0));
      batches.seek(new Position(7, 9));
      var failure = assertThrows(DataException.class, () -> batches.seek(new Position(7, 10)));
      assertTrue(failure.getMessage().startsWith("row 10 of epoch 7 is beyond the 10 rows"));
      assertThrows(IllegalArgumentException.class, () -> new Position(0, -1));
    }
  }
}
