package dev.fader.app.studio.board;

import dev.fader.app.cli.option.TrainingLog;
import dev.fader.format.JsonFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The text that a board begins with: one of the kind that the model knows, as far as that can be
/// told. A model that Fader trained has beside it what its samples began with, or how they go.
record FirstPrompt(String text) {
  private static final String RECIPE = "recipe.json";
  private static final long LARGEST_RECIPE = 1 << 20;
  private static final int END = 1 << 16; // of a log, in bytes
  private static final int LONGEST = 60;
  private static final int SHORTEST = 8;

  private static final String STORY = "Once upon a time, there was a little";
  private static final String PROGRAM = "public static ";
  private static final String NEUTRAL = "The capital of France is";

  /// The prompt for the model of a directory or file, and of a name.
  static FirstPrompt of(Path model, String name) {
    return new FirstPrompt(
        asked(model).or(() -> written(model)).orElseGet(() -> likely(model, name)));
  }

  /// What samples of its training began with.
  private static Optional<String> asked(Path model) {
    var recipe = model.resolve(RECIPE);
    try {
      if (!Files.isRegularFile(recipe) || Files.size(recipe) > LARGEST_RECIPE) {
        return Optional.empty();
      }
      var prompt = JsonFile.read(recipe).path("sample-prompt").asString("");
      return Optional.of(prompt)
          .filter(text -> !text.isBlank() && text.length() <= LONGEST)
          .filter(FirstPrompt::isWhole);
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  /// How the last sample in its log begins, up to a space.
  private static Optional<String> written(Path model) {
    var log = model.resolve(TrainingLog.NAME);
    if (!Files.isRegularFile(log)) {
      return Optional.empty();
    }
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      var bytes = new byte[(int) Math.min(END, file.length())];
      file.seek(file.length() - bytes.length);
      file.readFully(bytes);
      var lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
      for (int i = lines.length - 1; i >= 0; i--) {
        var begun = sample(lines[i]).flatMap(FirstPrompt::beginning);
        if (begun.isPresent()) {
          return begun;
        }
      }
    } catch (IOException unreadable) {
      // then something else is as good
    }
    return Optional.empty();
  }

  private static Optional<String> sample(String line) {
    if (!line.contains("\"sample\"")) {
      return Optional.empty();
    }
    try {
      var text = JsonMapper.shared().readTree(line).path("sample").asString("");
      return Optional.of(text).filter(some -> !some.isBlank());
    } catch (JacksonException cutShort) {
      return Optional.empty();
    }
  }

  private static Optional<String> beginning(String sample) {
    var text = sample.strip();
    int end = text.length() <= LONGEST ? text.length() : text.lastIndexOf(' ', LONGEST);
    return Optional.of(text.substring(0, Math.max(0, end)))
        .filter(some -> some.length() >= SHORTEST && isWhole(some));
  }

  /// Whether there is nothing in it that was no text: half a character, or a control.
  private static boolean isWhole(String text) {
    return text.chars()
        .noneMatch(letter ->
            letter == 0xfffd
                || Character.isSurrogate((char) letter)
                || (Character.isISOControl(letter) && letter != '\n' && letter != '\t'));
  }

  private static String likely(Path model, String name) {
    var hints = (model.getFileName() + " " + name).toLowerCase(Locale.ROOT);
    if (hints.contains("stories")) {
      return STORY;
    }
    return hints.contains("code") || hints.contains("java") ? PROGRAM : NEUTRAL;
  }
}
