package dev.fader.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
  @TempDir Path folder;
  private Workbench bench;

  @BeforeEach
  void makeBench() {
    bench = new Workbench(folder);
  }

  @Test
  void splitIsDisjointAndComplete() {
    var stories = Workbench.stories(500);
    try (var data = bench.dataset(0.1, bench.write("a.jsonl", Workbench.jsonLines(stories)))) {
      var training = Workbench.documents(data.training());
      var validation = Workbench.documents(data.validation().orElseThrow());
      assertEquals(500, training.size() + validation.size());
      var all = new HashSet<>(training);
      all.addAll(validation);
      assertEquals(new HashSet<>(stories), all);
      assertTrue(Collections.disjoint(training, validation), "a document is on both sides");
      assertEquals(50, validation.size(), 15, "about a tenth of the documents");
      var order = new ArrayList<>(stories);
      order.retainAll(training);
      assertEquals(order, training, "the order of documents");
      assertEquals(
          bytes(stories), data.training().textBytes() + data.validation().get().textBytes());
    }
  }

  private static long bytes(List<String> texts) {
    return texts.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
  }

  @Test
  void splitDependsOnContentsOnly() {
    var stories = new ArrayList<>(Workbench.stories(300));
    var first = heldOut(bench.write("a.jsonl", Workbench.jsonLines(stories)));
    Collections.shuffle(stories, new Random(11));
    var shuffled = heldOut(bench.write("b.jsonl", Workbench.jsonLines(stories)));
    assertEquals(new HashSet<>(first), new HashSet<>(shuffled));
    var twice = new ArrayList<>(stories);
    twice.addAll(stories);
    try (var data = bench.dataset(0.1, bench.write("c.jsonl", Workbench.jsonLines(twice)))) {
      assertTrue(
          Collections.disjoint(
              Workbench.documents(data.training()),
              Workbench.documents(data.validation().orElseThrow())),
          "copies of a document are on both sides");
    }
  }

  private List<String> heldOut(String name) {
    try (var data = bench.dataset(0.1, name)) {
      return Workbench.documents(data.validation().orElseThrow());
    }
  }

  @Test
  void splitIsIndependentOfTokenizer() {
    var stories = Workbench.stories(300);
    var name = bench.write("a.jsonl", Workbench.jsonLines(stories));
    var byBytes = heldOut(name);
    var characters = Tokenizer.characters(stories);
    try (var data = bench.dataset(Encoder.of(characters), 0.1, name)) {
      assertEquals(byBytes.size(), data.validation().orElseThrow().documents());
      assertEquals(bytes(byBytes), data.validation().get().textBytes());
    }
  }

  @Test
  void fewDocumentsHoldOutOne() {
    var stories = Workbench.stories(6);
    try (var data = bench.dataset(0.1, bench.write("a.jsonl", Workbench.jsonLines(stories)))) {
      assertEquals(5, data.training().documents());
      assertEquals(1, data.validation().orElseThrow().documents());
    }
  }

  @Test
  void singleDocumentIsCutAtLineBreak() {
    var lines = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      lines.append("Line number ").append(i).append(" of the text.\n");
    }
    var text = lines.toString();
    try (var data = bench.dataset(0.1, bench.write("a.txt", text))) {
      var training = Workbench.documents(data.training());
      var validation = Workbench.documents(data.validation().orElseThrow());
      assertEquals(List.of(text), List.of(training.getFirst() + validation.getFirst()));
      assertTrue(validation.getFirst().startsWith("Line number "), "cut within a line");
      assertEquals(0.1, (double) validation.getFirst().length() / text.length(), 0.002);
      assertEquals(validation.getFirst().length(), data.validation().get().textBytes());
      assertEquals(training.getFirst().length(), data.training().textBytes());
      assertTrue(
          data.summary()
              .endsWith(
                  "the end of the longest document, as there are too few to hold a whole one out"),
          data.summary());
    }
  }

  @Test
  void textWithoutLinesIsCut() {
    try (var data = bench.dataset(0.1, bench.write("a.txt", "x".repeat(1000)))) {
      assertEquals(900, data.training().tokens());
      assertEquals(100 + 1, data.validation().orElseThrow().tokens(), "with the end of text");
    }
  }

  @Test
  void largeDocumentAmongSmallIsCut() {
    var large = "The large one goes on.\n".repeat(5000);
    var name = bench.write("a.jsonl", Workbench.jsonLines(List.of("tiny", large, "small")));
    try (var data = bench.dataset(0.1, name)) {
      assertEquals(3, data.training().documents());
      assertEquals(1, data.validation().orElseThrow().documents());
      assertEquals(0.1, (double) data.validation().get().textBytes() / large.length(), 0.002);
    }
  }

  @Test
  void smallDocumentsAreNotAllHeldOut() {
    var documents = new ArrayList<>(Workbench.stories(100));
    documents.add("The large one goes on.\n".repeat(25_000));
    try (var data = bench.dataset(0.1, bench.write("a.jsonl", Workbench.jsonLines(documents)))) {
      assertEquals(101, data.training().documents(), "only the end of the large one is held out");
    }
  }

  @Test
  void tinyShakespeareSplitMatchesNanoGpt() {
    var text = Path.of("../../shared/data/tinyshakespeare.txt");
    var here = Files.exists(text) ? text : Path.of("../shared/data/tinyshakespeare.txt");
    assumeTrue(Files.exists(here), "no ../shared/data/tinyshakespeare.txt");
    try (var data = bench.dataset(0.1, here.toString())) {
      // nanoGPT's prepare.py: the last tenth of 1,115,394 characters. Ours starts at the next line
      // and has the end of text.
      assertEquals(111_540, data.validation().orElseThrow().textBytes(), 50);
      assertEquals(1_115_394 + 1, data.training().tokens() + data.validation().get().tokens());
    }
  }

  @Test
  void fewIdSequencesAreNotSplit() {
    var name = bench.write("a.jsonl", "{\"ids\": [1, 2, 3]}\n{\"ids\": [4, 5]}\n{\"ids\": [6]}\n");
    try (var data = bench.dataset(Encoder.ofIds(7), 0.1, name)) {
      assertEquals(TokenFile.Layout.SEQUENCES, data.training().layout());
      assertArrayEquals(new int[] {1, 2, 3, 4, 5}, Workbench.tokens(data.training()));
      assertEquals(Optional.empty(), data.validation());
      assertEquals(
          "data: 5 tokens in 2 sequences to learn from; too few sequences to hold any out, so there is no validation; give `validationData` for one",
          data.summary());
      assertTrue(
          bench.announced.contains(
              name + ": sequences left out, as fewer than two ids predict nothing: 1"),
          bench.announced::toString);
      assertTrue(data.training().bitsPerByte(1).isEmpty());
    }
  }

  @Test
  void manyIdSequencesAreSplit() {
    var lines = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      lines.append("{\"ids\": [%d, %d, %d]}\n".formatted(i, i + 1, i % 7));
    }
    try (var data = bench.dataset(0.1, bench.write("a.jsonl", lines.toString()))) {
      assertEquals(20, data.validation().orElseThrow().documents(), 3);
      assertEquals(200, data.training().documents() + data.validation().get().documents());
      assertTrue(data.training().bitsPerByte(1).isPresent(), "the tokenizer tells the bytes");
    }
  }

  @Test
  void separateValidationDataIsUsed() {
    var text = bench.write("a.txt", "to learn from\n".repeat(10));
    var other = bench.write("b.txt", "to validate with");
    try (var training = bench.corpus(text);
        var validation = bench.corpus(other)) {
      var plan = new Dataset.Plan(Encoder.of(Workbench.BYTES), 0.1, bench.cache(), 1);
      try (var data = Dataset.prepare(training, Optional.of(validation), plan, line -> {})) {
        assertEquals(List.of("to learn from\n".repeat(10)), Workbench.documents(data.training()));
        assertEquals(
            List.of("to validate with"), Workbench.documents(data.validation().orElseThrow()));
        assertEquals(
            "data: 141 tokens in 1 document to learn from; 17 to validate with", data.summary());
      }
      try (var data =
          Dataset.prepare(training, Optional.of(training), plan, bench.announced::add)) {
        assertEquals(data.training().tokens(), data.validation().orElseThrow().tokens());
        assertEquals(
            "warning: the validation data is the training data, so validation cannot show overfitting",
            bench.announced.getFirst());
      }
    }
  }

  @Test
  void documentsEndWithEndOfText() {
    try (var data =
        bench.dataset(
            0, bench.write("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"\"}\n{\"text\":\"bc\"}"))) {
      assertArrayEquals(new int[] {'a', 256, 'b', 'c', 256}, Workbench.tokens(data.training()));
      assertEquals(2, data.training().documents());
      assertEquals(3, data.training().textBytes());
      // The separator after the last document separates nothing.
      assertEquals(2.0 * 4 / 3, data.training().bitsPerByte(2 * Math.log(2)).orElseThrow(), 1e-12);
    }
  }

  @Test
  void textBytesCountUtf8() {
    var text = "aé€🌍\n";
    try (var data = bench.dataset(0, bench.write("a.txt", text))) {
      assertEquals(1 + 2 + 3 + 4 + 1, data.training().textBytes());
    }
  }

  @Test
  void tokensAreIndependentOfThreads() throws IOException {
    var stories = Workbench.stories(3000);
    var name =
        bench.write(
            "a.jsonl",
            Workbench.jsonLines(stories) + Workbench.jsonLines(List.of("long ".repeat(200_000))));
    var files = new ArrayList<byte[]>();
    for (int threads : new int[] {1, 2, 7}) {
      var cache = folder.resolve("cache" + threads);
      try (var corpus = bench.corpus(name);
          var data =
              Dataset.prepare(
                  corpus,
                  Optional.empty(),
                  new Dataset.Plan(Encoder.of(Workbench.BYTES), 0.1, cache, threads),
                  line -> {})) {
        files.add(Files.readAllBytes(tokenFile(cache, "training")));
        assertEquals(
            3001, data.training().documents() + data.validation().orElseThrow().documents());
      }
    }
    assertArrayEquals(files.get(0), files.get(1));
    assertArrayEquals(files.get(0), files.get(2));
  }

  private static Path tokenFile(Path cache, String side) throws IOException {
    try (var files = Files.newDirectoryStream(cache, side + "-*.tokens")) {
      return files.iterator().next();
    }
  }

  @Test
  void tokenFilesAreCachedUntilInputsChange() throws IOException {
    var name = bench.write("a.txt", "some text\n".repeat(20));
    String first = fingerprint(0.1, name);
    assertTrue(bench.announced.contains("tokenising " + name), bench.announced::toString);
    bench.announced.clear();
    assertEquals(first, fingerprint(0.1, name));
    assertEquals(1, bench.announced.size(), bench.announced::toString);
    assertNotEquals(first, fingerprint(0.2, name), "the split");
    bench.write("a.txt", "same size\n".repeat(20));
    assertNotEquals(first, fingerprint(0.1, name), "the contents");
  }

  private String fingerprint(double fraction, String name) {
    try (var data = bench.dataset(fraction, name)) {
      return data.fingerprint();
    }
  }

  @Test
  void damagedTokenFileIsRebuilt() throws IOException {
    var name = bench.write("a.txt", "some text\n".repeat(20));
    fingerprint(0.1, name);
    for (var side : List.of("training", "validation")) {
      var file = tokenFile(bench.cache(), side);
      var whole = Files.readAllBytes(file);
      var damaged = whole.clone();
      damaged[damaged.length - 1] ^= 1;
      Files.write(file, damaged);
      bench.announced.clear();
      fingerprint(0.1, name);
      assertEquals(
          file + ": damaged token file: its checksum differs; delete it and it is made again",
          bench.announced.getFirst());
      assertArrayEquals(whole, Files.readAllBytes(file));
    }
  }

  @Test
  void prepareLeavesOnlyTokenFiles() throws IOException {
    Files.createDirectories(bench.cache());
    // Another container's process may be at the second one: its number tells nothing here.
    var abandoned = bench.cache().resolve("tokens-1.partial");
    var recent = bench.cache().resolve("input-999999999-1.partial");
    var foreign = bench.cache().resolve("a-b-c.partial");
    for (var file : List.of(abandoned, recent, foreign)) {
      Files.writeString(file, "half");
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
    }
    Files.setLastModifiedTime(recent, FileTime.from(Instant.now().minus(Duration.ofHours(23))));
    fingerprint(0.1, bench.write("a.txt", "some text\n".repeat(20)));
    try (var files = Files.list(bench.cache())) {
      var left = files.map(file -> file.getFileName().toString()).sorted().toList();
      assertEquals(4, left.size(), left::toString);
      assertEquals("a-b-c.partial", left.getFirst());
      assertEquals(1, left.stream().filter(recent.getFileName().toString()::equals).count());
    }
  }

  @Test
  void failureLeavesNoFiles() throws IOException {
    var name = bench.write("a.jsonl", "{\"text\": \"fine\"}\n{\"text\": broken}\n");
    assertThrows(DataException.class, () -> fingerprint(0.1, name));
    try (var files = Files.list(bench.cache())) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void idsOutsideVocabularyAreNamed() {
    var name = bench.write("a.jsonl", "{\"ids\": [0, 383]}\n{\"ids\": [5, 384]}\n");
    assertEquals(
        name
            + ":2: id 384 is not in the vocabulary of 384 (0 to 383); use the tokenizer that the ids were made with",
        error(Encoder.ofIds(384), name));
    var negative = bench.write("n.jsonl", "{\"ids\": [-1, 2]}\n");
    assertTrue(error(Encoder.ofIds(384), negative).startsWith(negative + ":1: id -1 is not in"));
    var text = bench.write("t.txt", "To be, or not to be, that is\nthe question");
    assertEquals(
        "the data is text (\"To be, or not to be,…\") and there is no tokenizer; give `tokenizer`",
        error(Encoder.ofIds(384), text));
    var mixed = bench.write("m.jsonl", "{\"text\": \"a\"}\n{\"ids\": [1, 2]}\n");
    assertEquals(
        mixed + ":2: the data mixes text and token ids; give one kind only",
        error(Encoder.of(Workbench.BYTES), mixed));
    var empty = bench.write("e.jsonl", "{\"text\": \"\"}\n");
    assertEquals(
        empty + ": empty; there is nothing to learn from",
        error(Encoder.of(Workbench.BYTES), empty));
    var foreign =
        error(Encoder.of(Tokenizer.characters(List.of("abc"))), bench.write("f.txt", "abcd"));
    assertTrue(foreign.startsWith(folder.resolve("f.txt") + ": "), foreign);
  }

  private String error(Encoder encoder, String name) {
    return assertThrows(DataException.class, () -> bench.dataset(encoder, 0.1, name).close())
        .getMessage();
  }

  @Test
  void unwritableFolderIsNamed() {
    var name = bench.write("a.txt", "text");
    bench.write("cache", "a file where the folder should be");
    var message = error(Encoder.of(Workbench.BYTES), name);
    assertTrue(message.startsWith(bench.cache() + ": cannot write tokens there: "), message);
    assertEquals(1, message.lines().count(), message);
  }

  @Test
  void largeVocabularyUsesWiderTokens() {
    var name = bench.write("a.jsonl", "{\"ids\": [65535, 0, 65536, 70000]}\n");
    try (var data = bench.dataset(Encoder.ofIds(70_001), 0.1, name)) {
      assertArrayEquals(new int[] {65535, 0, 65536, 70000}, Workbench.tokens(data.training()));
    }
    var narrow = bench.write("b.jsonl", "{\"ids\": [65535, 0, 32768]}\n");
    try (var data = bench.dataset(Encoder.ofIds(65_536), 0.1, narrow)) {
      assertArrayEquals(new int[] {65535, 0, 32768}, Workbench.tokens(data.training()));
    }
  }
}
