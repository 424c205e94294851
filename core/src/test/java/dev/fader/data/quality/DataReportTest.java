package dev.fader.data.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.Corpus;
import dev.fader.data.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/// Texts with planted faults.
class DataReportTest {
  @TempDir private Path folder;

  /// Words that mean nothing, the same for the same seed.
  private static List<String> words(int count, long seed) {
    var random = new Random(seed);
    return random
        .ints(count, 0, 5000)
        .mapToObj(word -> "w" + Integer.toString(word, 36))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private static String text(int count, long seed) {
    return String.join(" ", words(count, seed));
  }

  /// The same with a share of the words replaced.
  private static String changed(int count, long seed, double share) {
    var words = words(count, seed);
    var random = new Random(seed + 1);
    for (int i = 0; i < words.size(); i++) {
      if (random.nextDouble() < share) {
        words.set(i, "x" + random.nextInt(1 << 30));
      }
    }
    return String.join(" ", words);
  }

  private static DataReport report(List<String> texts, Rules rules) {
    try (var corpus = Corpus.of(texts)) {
      return DataReport.of(corpus, Optional.empty(), rules, DataReportTest::refuse);
    }
  }

  private static void refuse(Corpus.Broken document) {
    throw document.problem();
  }

  private static long count(DataReport report, Fault fault) {
    return report.faults().getOrDefault(fault, new DataReport.Amount(0, 0)).documents();
  }

  @Test
  void countsWhatWasPlanted() {
    var report =
        report(
            List.of(
                text(300, 1),
                text(300, 1), // the same
                changed(300, 1, 0.01), // nearly the same
                text(300, 2),
                "echo ".repeat(2000), // repeats itself
                "",
                text(7, 3)),
            new Rules(0.8, 10, 10, Set.of()));
    assertEquals(7, report.documents());
    assertEquals(1, count(report, Fault.REPEATED));
    assertEquals(1, count(report, Fault.SIMILAR));
    assertEquals(1, count(report, Fault.REPETITIVE));
    assertEquals(2, count(report, Fault.SHORT));
    assertEquals(0, count(report, Fault.KNOWN));
    assertEquals(4 * 300 + 2000 + 7, report.words());
    assertEquals(new DataReport.Lengths(0, 300, 300, 2000), report.lengths());
    var like = report.examples().get(Fault.SIMILAR).getFirst().like();
    assertTrue(like.isPresent());
    assertEquals(report.examples().get(Fault.REPEATED).getFirst().like(), like);
  }

  /// The estimate from 128 bins has a standard deviation of 0.05 at most; four of them.
  @ParameterizedTest
  @CsvSource({"0.0", "0.01", "0.03", "0.1", "0.3", "1.0"})
  void resemblanceIsThatOfTheRuns(double share) {
    var first = words(1000, 7);
    var second = Arrays.asList(changed(1000, 7, share).split(" "));
    assertEquals(
        jaccard(runs(first), runs(second)),
        Signature.resemblance(bins(first), bins(second)),
        0.2,
        "seed 7");
  }

  private static Set<List<String>> runs(List<String> words) {
    var runs = new HashSet<List<String>>();
    for (int i = 0; i + Signature.RUN <= words.size(); i++) {
      runs.add(List.copyOf(words.subList(i, i + Signature.RUN)));
    }
    return runs;
  }

  private static double jaccard(Set<List<String>> first, Set<List<String>> second) {
    var both = new HashSet<>(first);
    both.retainAll(second);
    var either = new HashSet<>(first);
    either.addAll(second);
    return (double) both.size() / either.size();
  }

  private static short[] bins(List<String> words) {
    var signature = new Signature();
    var reader =
        new Words() {
          @Override
          void word(long hash) {
            signature.word(hash);
          }
        };
    reader.read(String.join(" ", words));
    reader.end();
    return signature.bins();
  }

  @Test
  void wordsDoNotDependOnPiecesCaseSpacesAndSigns() {
    var whole = new ArrayList<Long>();
    var parts = new ArrayList<Long>();
    var text = "The Cat, the cat;\n\tÜber 漢字 𝒳y 1984!";
    read(whole, List.of(text));
    read(parts, text.chars().mapToObj(unit -> String.valueOf((char) unit)).toList());
    assertEquals(whole, parts);
    assertEquals(9, whole.size());
    var other = new ArrayList<Long>();
    read(other, List.of("the cat the CAT über 漢 字 𝒳y 1984"));
    assertEquals(whole, other);
  }

  private static void read(List<Long> hashes, List<String> pieces) {
    var reader =
        new Words() {
          @Override
          void word(long hash) {
            hashes.add(hash);
          }
        };
    pieces.forEach(reader::read);
    reader.end();
  }

  @Test
  void aTextThatIsLeftOutTakesNoneWithIt() {
    var long_ = text(300, 1);
    var report = report(List.of(long_ + " und der", changed(300, 1, 0.01)), Rules.USUAL);
    assertEquals(1, count(report, Fault.SIMILAR));
    // The first is too short now, by a word that the second has.
    var strict =
        report(
            List.of(long_, changed(300, 1, 0.01) + " one more"), new Rules(0.8, 301, 10, Set.of()));
    assertEquals(1, count(strict, Fault.SHORT));
    assertEquals(0, count(strict, Fault.SIMILAR));
  }

  @Test
  void findsPassagesOfOtherTexts() {
    var benchmark = text(40, 5);
    var passage = String.join(", ", words(40, 5).subList(10, 23)).toUpperCase(Locale.ROOT);
    try (var corpus =
            Corpus.of(List.of(text(50, 8), text(20, 9) + "\n" + passage + "\n" + text(20, 10)));
        var others = Corpus.of(List.of(benchmark))) {
      var report = DataReport.of(corpus, Optional.of(others), Rules.USUAL, DataReportTest::refuse);
      assertEquals(1, count(report, Fault.KNOWN));
    }
  }

  @Test
  void guessesLanguages() {
    var report =
        report(
            List.of(
                "It was the best of times, it was the worst of times, as we all know from the book.",
                "Der Hund ist nicht in dem Haus, und die Katze sitzt auf der Mauer mit dem Vogel.",
                "Le chat est dans la maison et ne veut pas que les chiens du voisin le voient.",
                "Это было давно, и никто уже не помнит, что случилось в тот день.",
                "这是一个用来测试的句子。",
                "これはテストです。ひらがなとカタカナ。",
                "int x = array[i++]; return foo(bar, baz);"),
            new Rules(0.8, 1, 10, Set.of("en")));
    assertEquals(
        Set.of("en", "de", "fr", "cyrillic", "zh", "ja", "unknown"), report.languages().keySet());
    assertEquals(6, count(report, Fault.LANGUAGE));
  }

  @Test
  void cleaningKeepsTheRestToTheLetter() throws IOException {
    var odd = "He said \"no\\yes\"\n\tand\u0001 left — 漢字 𝒳 " + text(30, 11);
    var texts = List.of(odd, text(300, 1), text(300, 1), changed(300, 1, 0.01), text(300, 2));
    var out = folder.resolve("clean.jsonl");
    var list = folder.resolve("clean.removed.jsonl");
    try (var corpus = Corpus.of(texts)) {
      var files = new DataCleaning.Files(corpus, Optional.empty(), out, list);
      var cleaning = DataCleaning.of(files, Rules.USUAL, DataReportTest::refuse);
      assertEquals(5, cleaning.documents());
      assertEquals(3, cleaning.kept());
      assertEquals(Map.of(Fault.REPEATED, 1L, Fault.SIMILAR, 1L), cleaning.removed());
    }
    var mapper = JsonMapper.shared();
    var kept =
        Files.readAllLines(out).stream()
            .map(line -> mapper.readTree(line).get("text").asString())
            .toList();
    assertEquals(List.of(odd, text(300, 1), text(300, 2)), kept);
    var removed = Files.readAllLines(list).stream().map(mapper::readTree).toList();
    assertEquals(
        List.of("repeated", "similar"),
        removed.stream().map(line -> line.get("why").asString()).toList());
    assertTrue(removed.get(0).has("like"));
    assertEquals(removed.get(0).get("like"), removed.get(1).get("like"));
  }

  /// A file that is no text behind its first piece, between lines of which one is broken: the texts
  /// around them are judged and copied as if those were not there.
  @Test
  void whatIsBrokenIsLeftOut() throws IOException {
    var lines = folder.resolve("a.jsonl");
    Files.writeString(
        lines,
        """
        {"text": "%s"}
        {"text":
        {"ids": [1, 2]}
        {"text": "%s"}
        """
            .formatted(text(300, 1), text(300, 2)));
    var half = folder.resolve("b.txt");
    Files.write(half, (text(60_000, 3) + "\n").getBytes(StandardCharsets.UTF_8));
    Files.write(half, new byte[] {(byte) 0xFF}, StandardOpenOption.APPEND);
    var whole = Files.writeString(folder.resolve("c.txt"), text(300, 1));
    var names = List.of(lines.toString(), half.toString(), whole.toString());
    var request =
        new Corpus.Request(names, Optional.empty(), InputStream.nullInputStream(), folder);
    var broken = new ArrayList<Corpus.Broken>();
    var out = folder.resolve("clean.jsonl");
    var list = folder.resolve("clean.removed.jsonl");
    try (var corpus = Corpus.open(request, line -> {})) {
      var report = DataReport.of(corpus, Optional.empty(), Rules.USUAL, broken::add);
      assertEquals(3, report.documents());
      assertEquals(3, report.unreadable());
      assertEquals(900, report.words());
      assertEquals(1, count(report, Fault.REPEATED));
      var files = new DataCleaning.Files(corpus, Optional.empty(), out, list);
      var cleaning = DataCleaning.of(files, Rules.USUAL, _ -> {});
      assertEquals(2, cleaning.kept());
      assertEquals(3, cleaning.unreadable());
    }
    assertEquals(
        List.of(lines + ":2", lines + ":3", half.toString()),
        broken.stream().map(Corpus.Broken::place).toList());
    assertEquals(List.of(false, false, true), broken.stream().map(Corpus.Broken::rest).toList());
    var mapper = JsonMapper.shared();
    var kept =
        Files.readAllLines(out).stream().map(line -> mapper.readTree(line).get("text").asString());
    assertEquals(List.of(text(300, 1), text(300, 2)), kept.toList());
    var why =
        Files.readAllLines(list).stream().map(line -> mapper.readTree(line).get("why").asString());
    assertEquals(List.of("unreadable", "unreadable", "unreadable", "repeated"), why.toList());
  }

  @Test
  void whatCannotBeIsSaid() throws IOException {
    var few = assertThrows(IllegalArgumentException.class, () -> new Rules(0.1, 1, 10, Set.of()));
    assertEquals(
        "`similar` 0.1 is too little to be found: choose from 0.7 to 1, or 2 for none",
        few.getMessage());
    var language =
        assertThrows(
            IllegalArgumentException.class, () -> new Rules(0.8, 1, 10, Set.of("klingon")));
    assertTrue(
        language.getMessage().startsWith("`languages` 'klingon' is none that is guessed: "),
        language::getMessage);
    var ids = Files.writeString(folder.resolve("ids.jsonl"), "{\"ids\": [1, 2]}\n");
    var request =
        new Corpus.Request(
            List.of(ids.toString()), Optional.empty(), InputStream.nullInputStream(), folder);
    try (var corpus = Corpus.open(request, line -> {})) {
      var wrong =
          assertThrows(
              DataException.class,
              () -> DataReport.of(corpus, Optional.empty(), Rules.USUAL, DataReportTest::refuse));
      assertTrue(
          wrong.getMessage().endsWith("token ids, not text, of which nothing can be told"),
          wrong::getMessage);
    }
  }
}
