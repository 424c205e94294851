package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.format.FormatException;
import dev.fader.tokenizer.pattern.TextPattern;
import java.nio.charset.StandardCharsets;
import java.util.regex.PatternSyntaxException;

/// A regular expression for names of modules and parameters, in time linear in the name.
public final class NamePattern {
  private final TextPattern pattern;
  private final TextPattern part;

  /// @throws AdapterException if it is invalid, or needs what has no linear time
  public NamePattern(String regex) {
    try {
      this.pattern = TextPattern.regex("^(?:" + regex + ")$");
      this.part = TextPattern.regex(regex);
    } catch (PatternSyntaxException wrong) {
      throw new AdapterException(
          "%s is no regular expression that is understood: %s"
              .formatted(FormatException.quoted(regex), wrong.getDescription()));
    }
  }

  public boolean matches(String name) {
    var bytes = name.getBytes(StandardCharsets.UTF_8);
    var finder = pattern.finder();
    finder.start(bytes, 0, bytes.length);
    return finder.next() && finder.matchStart() == 0 && finder.matchEnd() == bytes.length;
  }

  /// Whether it is somewhere in `name`, where numbers count as a whole: `layers.1` is in
  /// `layers.1.mlp`, and not in `layers.10.mlp`.
  public boolean isIn(String name) {
    var bytes = name.getBytes(StandardCharsets.UTF_8);
    var finder = part.finder();
    finder.start(bytes, 0, bytes.length);
    while (finder.next()) {
      boolean found = finder.matchEnd() > finder.matchStart();
      if (found
          && !cutsNumber(bytes, finder.matchStart())
          && !cutsNumber(bytes, finder.matchEnd())) {
        return true;
      }
    }
    return false;
  }

  private static boolean cutsNumber(byte[] name, int at) {
    return at > 0 && at < name.length && isDigit(name[at - 1]) && isDigit(name[at]);
  }

  private static boolean isDigit(byte sign) {
    return sign >= '0' && sign <= '9';
  }
}
