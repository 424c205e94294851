package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExplainCommandTest {
  @Test
  void termOfTwoWords() {
    var run = CommandLineRun.of("explain", "KV", "cache");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().startsWith("KV cache\n========\n"), run.out());
    assertTrue(run.out().contains("131,072 bytes a token in 16 bits"), run.out());
  }

  @Test
  void noTermListsAll() {
    var run = CommandLineRun.of("explain");
    assertTrue(run.out().startsWith("parameter        A parameter is a number"), run.out());
    assertTrue(run.out().lines().count() >= 15, run.out());
  }

  /// Pages are for eighty columns, whatever their Markdown's width.
  @ParameterizedTest
  @ValueSource(strings = {"", "dropout", "gradient", "top-p", "transformer"})
  void linesFitTheTerminal(String word) {
    var run = word.isEmpty() ? CommandLineRun.of("explain") : CommandLineRun.of("explain", word);
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().lines().allMatch(line -> line.length() <= 80), run.out());
    if (!word.isEmpty()) {
      var page = CommandLineRun.of("explain", word, "--json").json().path("text").asString();
      assertEquals(page.replaceAll("\\s+", " "), run.out().replaceAll("\\s+", " "), "the words");
    }
  }

  @Test
  void jsonOutput() {
    var list = CommandLineRun.of("explain", "--json").json().path("words");
    assertTrue(list.size() >= 15, list.toString());
    assertEquals("parameter", list.path(0).path("word").asString());
    var one = CommandLineRun.of("explain", "kv-cache", "--json").json();
    assertEquals("kv-cache", one.path("word").asString());
    assertTrue(one.path("text").asString().startsWith("KV cache\n========\n"), one.toString());
    assertTrue(
        one.path("text").asString().contains(one.path("summary").asString().substring(0, 20)));
  }

  @Test
  void pagesExcludeOtherOptions() {
    CommandLineRun.of("explain", "loss", "--pages", "nowhere")
        .expect(2, "--pages writes all pages to files: give it alone");
  }

  @Test
  void unknownTerm() {
    CommandLineRun.of("explain", "flux")
        .expect(
            2,
            "'flux' is not explained; explained are parameter, token, logits, loss, perplexity,"
                + " evaluation, gradient, learning-rate, backpropagation, overfitting, batch, epoch,"
                + " optimizer, dropout, transformer, layer, embedding, attention, temperature, top-p,"
                + " context, kv-cache, quantisation, fine-tuning, lora, dpo, classification, experts");
  }
}
