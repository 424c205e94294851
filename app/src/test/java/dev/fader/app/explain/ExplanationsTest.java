package dev.fader.app.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExplanationsTest {
  /// The pages, from the folder of the app.
  private static final Path PAGES = Path.of("../docs/learn");

  /// By word: examples that train take seconds.
  private final Map<String, String> computed = new ConcurrentHashMap<>();

  /// Side by side: they are a quarter of the time that this module's tests take.
  @BeforeAll
  void compute() {
    Explanations.all().parallelStream().forEach(this::page);
  }

  static Stream<Explanation> all() {
    return Explanations.all().stream();
  }

  private String page(Explanation explanation) {
    return computed.computeIfAbsent(explanation.word(), word -> explanation.page());
  }

  /// What the terminal gets too, but for the heading.
  private List<String> lines(String word) {
    return page(Explanations.find(word).orElseThrow()).lines().toList();
  }

  /// Whoever changes a text or what an example computes writes the pages anew: `fader explain
  /// --pages docs/learn`.
  @ParameterizedTest
  @MethodSource("all")
  void pagesMatchTheTerminal(Explanation explanation) throws IOException {
    var page = Files.readString(PAGES.resolve(explanation.word() + ".md"));
    assertEquals(page, page(explanation));
    assertTrue(page.lines().allMatch(line -> line.length() <= 104), "no line is too long");
    assertTrue(page.startsWith("# "), page);
    assertTrue(page.contains("\n    "), "an example is in it");
  }

  @Test
  void terminalGetsNoMarkdown() {
    var lines = new ArrayList<String>();
    Explanations.find("gradient").orElseThrow().tell(lines::add);
    assertEquals(List.of("Gradient", "========", ""), lines.subList(0, 3));
    assertTrue(lines.stream().noneMatch(line -> line.startsWith("#")), lines.toString());
    assertTrue(lines.contains("    points  (-1, -1)  (0, 1)  (1, 3)  (2, 5)"), lines.toString());
  }

  @Test
  void trainingTermsAreExplained() {
    for (var word :
        List.of(
            "transformer",
            "layer",
            "epoch",
            "batch",
            "dropout",
            "context",
            "top-p",
            "optimizer",
            "Adam",
            "context window",
            "top_p")) {
      assertTrue(Explanations.find(word).isPresent(), word);
    }
  }

  @Test
  void indexListsExactlyAllPages() throws IOException {
    assertEquals(Files.readString(PAGES.resolve("README.md")), Explanations.index());
    try (var files = Files.list(PAGES)) {
      // The index, and one that is written by hand.
      assertEquals(Explanations.all().size() + 2, files.count());
    }
  }

  @Test
  void lineFitLearnsTwoParameters() {
    var lines = lines("parameter");
    assertTrue(lines.contains("    so that for x = 2 it says 2a + b = 5.0000"), lines.toString());
    assertTrue(lines.contains("    a language model of 1,002,432 parameters"), lines.toString());
  }

  /// What the word claims must be what the numbers show.
  @Test
  void excessParametersOverfitUntilMoreText() {
    var losses = new ArrayList<double[]>();
    for (var line : lines("overfitting")) {
      if (line.contains("of what it did not")) {
        var numbers = line.replaceAll(".*what it read ", "").split(", of what it did not ");
        losses.add(new double[] {Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1])});
      }
    }
    assertEquals(12, losses.size());
    double[] early = losses.get(2);
    double[] late = losses.get(3);
    assertTrue(late[0] < early[0] && late[1] > early[1], "read falls, unseen rises");
    assertTrue(losses.get(7)[0] > 3 * late[0], "too few parameters learn less");
    assertTrue(losses.get(11)[1] < 0.7 * late[1], "more text helps with what is unseen");
  }

  @Test
  void similarWordsGetSimilarEmbeddings() {
    var lines = lines("embedding");
    var after =
        lines.stream().filter(line -> line.contains("after 300 steps")).findFirst().orElseThrow();
    for (var noun : List.of("bird", "king", "stone", "river", "horse")) {
      assertTrue(after.contains(noun), after);
    }
  }

  @Test
  void wordsAreFoundInEverySpelling() {
    for (var name : List.of("KV cache", "kv_cache", "Quantization", "MoE", "backprop")) {
      assertTrue(Explanations.find(name).isPresent(), name);
    }
    assertFalse(Explanations.find("flux").isPresent());
    var words = new HashSet<String>();
    all().forEach(explanation -> assertTrue(words.add(explanation.word())));
  }
}
