package dev.fader.app.explain;

import dev.fader.kernel.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/// A word and what it means.
public final class Explanation {
  private static final String PLACE = "{{example}}\n";

  private final String word;
  private final List<String> aliases;
  private final Example example;

  Explanation(String word, List<String> aliases, Example example) {
    this.word = word;
    this.aliases = List.copyOf(aliases);
    this.example = example;
  }

  /// What it is asked for by.
  public String word() {
    return word;
  }

  boolean isCalled(String name) {
    return word.equals(name) || aliases.contains(name);
  }

  /// Its first sentence.
  public String summary() {
    var text = text().substring(text().indexOf('\n')).strip().replaceAll("\\s+", " ");
    int end = text.indexOf(". ");
    return end < 0 ? text : text.substring(0, end + 1);
  }

  /// Writes the text for a terminal, and in its place what the example finds as it is computed.
  public void tell(Consumer<String> lines) {
    tellAsMarkdown(line -> {
      boolean isHeading = line.startsWith("# ");
      var heading = isHeading ? line.substring(2) : line;
      lines.accept(heading);
      if (isHeading) {
        lines.accept("=".repeat(heading.length()));
      }
    });
  }

  private void tellAsMarkdown(Consumer<String> lines) {
    var text = text();
    int place = text.indexOf(PLACE);
    text.substring(0, place).lines().forEach(lines);
    try (var engine = Engine.reference()) {
      example.run(engine, line -> lines.accept(("    " + line).stripTrailing()));
    }
    text.substring(place + PLACE.length()).lines().forEach(lines);
  }

  /// The page of `docs/learn/`: the same in Markdown.
  public String page() {
    return page(() -> {});
  }

  /// The same.
  ///
  /// @param told is run when there is another line; what it throws ends the example
  public String page(Runnable told) {
    var page = new StringBuilder();
    tellAsMarkdown(line -> {
      told.run();
      page.append(line).append('\n');
    });
    return page + "\n`fader explain " + word + "` computes this page anew.\n";
  }

  private String text() {
    var name = word + ".md";
    try (var stream =
        Objects.requireNonNull(Explanation.class.getResourceAsStream(name), "no " + name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failed) {
      throw new UncheckedIOException(name, failed);
    }
  }
}
