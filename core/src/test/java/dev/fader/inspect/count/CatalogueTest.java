package dev.fader.inspect.count;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.FormatException;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CatalogueTest {
  private static final Catalogue CATALOGUE = Catalogue.load();

  static Stream<PublishedModel> published() {
    return CATALOGUE.models().stream().filter(PublishedModel::published);
  }

  private static ModelCount count(PublishedModel model) throws FormatException {
    return ModelFacts.of(model).orElseThrow().count();
  }

  /// The layout that models are built from gives what their makers count, to the last number.
  @ParameterizedTest
  @MethodSource("published")
  void totalsAreExact(PublishedModel model) throws FormatException {
    var count = count(model);
    model.totals().ifPresent(total -> assertEquals(total.from(), count.trainable(), model.name()));
    model.active().ifPresent(active -> assertEquals(active, count.active(), model.name()));
    assertTrue(count.stored() >= count.trainable(), model.name());
    assertTrue(count.active() <= count.trainable(), model.name());
  }

  /// The same numbers once more, from the issue and not from the data.
  @ParameterizedTest
  @CsvSource({
    "gpt, 116534784",
    "gpt-2, 124439808",
    "gpt-2-medium, 354823168",
    "gpt-2-large, 774030080",
    "gpt-2-xl, 1557611200",
    "gpt-3, 174604259328",
    "opt-350m, 331196416",
    "opt-66b, 65719701504",
    "llama-2-7b, 6738415616",
    "llama-2-70b, 68976648192",
    "llama-3-8b, 8030261248",
    "llama-3-70b, 70553706496",
    "llama-3-405b, 405853388800",
    "llama-3.2-1b, 1235814400",
    "llama-3.2-3b, 3212749824",
    "mistral-7b, 7241732096",
    "mixtral-8x7b, 46702792704",
    "qwen3-30b-a3b, 30532122624",
    "deepseek-v3, 671026419200",
    "gpt-oss-120b, 116829156672"
  })
  void totalsMatchIssue(String name, long total) throws FormatException {
    assertEquals(total, count(CATALOGUE.find(name).orElseThrow()).trainable());
  }

  @ParameterizedTest
  @CsvSource({
    "mixtral-8x7b, 12879925248",
    "qwen3-30b-a3b, 3353032704",
    "deepseek-v3, 37552297472",
    "llama-3-8b, 8030261248"
  })
  void activeParametersAreExact(String name, long active) throws FormatException {
    assertEquals(active, count(CATALOGUE.find(name).orElseThrow()).active());
  }

  /// GPT-3's table 2.1 prints sizes rounded to two or three digits.
  @ParameterizedTest
  @CsvSource({
    "gpt-3-small, 125e6",
    "gpt-3-medium, 350e6",
    "gpt-3-large, 760e6",
    "gpt-3-xl, 1.3e9",
    "gpt-3-2.7b, 2.7e9",
    "gpt-3-6.7b, 6.7e9",
    "gpt-3-13b, 13e9"
  })
  void smallerGpt3Models(String name, double printed) throws FormatException {
    double total = count(CATALOGUE.find(name).orElseThrow()).trainable();
    // The paper's own rounding: 1.3 stands for 1.3157, 350 for 355.9.
    assertEquals(printed, total, 0.02 * printed);
  }

  @Test
  void namesAreUniqueAndCaseInsensitive() {
    var names = new HashSet<String>();
    for (var model : CATALOGUE.models()) {
      assertTrue(names.add(model.name()), model.name());
      for (var alias : model.aliases()) {
        assertTrue(names.add(alias), alias);
        assertEquals(model, CATALOGUE.find(alias).orElseThrow());
      }
      assertFalse(model.source().isBlank());
      assertTrue(model.date().matches("20[12]\\d-[01]\\d-[0-3]\\d"), model.date());
    }
    assertEquals("llama-3-8b", CATALOGUE.find("Llama-3-8B").orElseThrow().name());
  }

  @Test
  void estimatesHaveOnlyTotals() throws FormatException {
    var gpt4 = CATALOGUE.find("gpt-4").orElseThrow();
    assertFalse(gpt4.published());
    assertEquals(1_760_000_000_000L, gpt4.totals().orElseThrow().from());
    assertTrue(ModelFacts.of(gpt4).isEmpty());
    var gemini = CATALOGUE.find("gemini-3").orElseThrow().totals().orElseThrow();
    assertEquals(new PublishedModel.Range(1_000_000_000_000L, 7_000_000_000_000L), gemini);
  }

  @Test
  void nearestNamesAreSuggested() {
    assertEquals(List.of("llama-3-8b"), CATALOGUE.nearest("lama3-8b").subList(0, 1));
    assertEquals(List.of("mixtral-8x7b"), CATALOGUE.nearest("Mixtrall").subList(0, 1));
    assertEquals(3, CATALOGUE.nearest("x".repeat(100_000)).size());
  }
}
