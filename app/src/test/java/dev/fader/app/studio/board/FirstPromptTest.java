package dev.fader.app.studio.board;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstPromptTest {
  private static final String NEUTRAL = "The capital of France is";

  @TempDir Path model;

  private String prompt() {
    return FirstPrompt.of(model, "mine").text();
  }

  @Test
  void whatSamplesBeganWith() throws IOException {
    Files.writeString(model.resolve("recipe.json"), "{\"sample-prompt\":\"    public\"}");
    Files.writeString(model.resolve("log.jsonl"), "{\"sample\":\"another text\"}\n");
    assertEquals("    public", prompt());
  }

  @Test
  void howTheLastSampleBegins() throws IOException {
    Files.writeString(model.resolve("recipe.json"), "{\"sample-prompt\":\" \"}");
    Files.writeString(
        model.resolve("log.jsonl"),
        """
        {"step":1,"sample":"an early one that is no longer of interest"}
        {"step":2,"sample":" To be, or not to be, that is the question: whether it is nobler in the mind"}
        {"step":3,"loss":1.5}
        {"step":4,"sample":"cut sho\
        """);
    assertEquals("To be, or not to be, that is the question: whether it is", prompt());
  }

  @Test
  void whatIsNoTextIsLeftOut() throws IOException {
    Files.writeString(model.resolve("recipe.json"), "no JSON");
    Files.writeString(
        model.resolve("log.jsonl"),
        "{\"sample\":\"half a \\ufffd character\"}\n{\"sample\":\"\\u0007 rings\"}\n");
    assertEquals(NEUTRAL, prompt());
  }

  @Test
  void namesGiveHints() {
    assertEquals(
        "Once upon a time, there was a little",
        FirstPrompt.of(model.resolve("stories260k.gguf"), "m").text());
    assertEquals("public static ", FirstPrompt.of(model, "my-java").text());
    assertEquals(NEUTRAL, FirstPrompt.of(model, "m").text());
  }
}
