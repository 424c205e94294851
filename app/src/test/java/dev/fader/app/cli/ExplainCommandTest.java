package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ExplainCommandTest {
  @Test
  void aWordOfTwoWords() {
    var run = CommandLineRun.of("explain", "KV", "cache");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().startsWith("# KV cache\n"), run.out());
    assertTrue(run.out().contains("131,072 bytes a token in 16 bits"), run.out());
  }

  @Test
  void withoutAWordTheListOfAll() {
    var run = CommandLineRun.of("explain");
    assertTrue(run.out().startsWith("parameter        A parameter is a number"), run.out());
    assertTrue(run.out().lines().count() >= 15, run.out());
  }

  @Test
  void anUnknownWord() {
    CommandLineRun.of("explain", "flux")
        .expect(
            2,
            "'flux' is not explained; explained are parameter, token, logits, loss, perplexity,"
                + " gradient, learning-rate, backpropagation, overfitting, embedding, attention,"
                + " temperature, kv-cache, quantisation, lora, experts");
  }
}
