package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.format.FormatException;
import dev.fader.tokenizer.pattern.TextPattern;
import java.nio.charset.StandardCharsets;
import java.util.regex.PatternSyntaxException;

/// A regular expression that stands for whole names of modules, in time linear in the name.
final class NamePattern {
  private final TextPattern pattern;

  /// @throws AdapterException if it is invalid, or needs what has no linear time
  NamePattern(String regex) {
    try {
      this.pattern = TextPattern.regex("^(?:" + regex + ")$");
    } catch (PatternSyntaxException wrong) {
      throw new AdapterException(
          "%s is no regular expression that is understood: %s"
              .formatted(FormatException.quoted(regex), wrong.getDescription()));
    }
  }

  boolean matches(String name) {
    var bytes = name.getBytes(StandardCharsets.UTF_8);
    var finder = pattern.finder();
    finder.start(bytes, 0, bytes.length);
    return finder.next() && finder.matchStart() == 0 && finder.matchEnd() == bytes.length;
  }
}
