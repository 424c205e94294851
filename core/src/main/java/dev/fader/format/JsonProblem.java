package dev.fader.format;

import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/// What the parser of JSON complains of, in one line for people.
public final class JsonProblem {
  /// What it says to those who program with it.
  private static final Pattern PROGRAMMING =
      Pattern.compile(", from `[^`]*`|: enable `[^`]*` to allow| \\(start marker at .*");

  private JsonProblem() {}

  /// The complaint, without the names of the parser's methods and settings.
  public static String of(JacksonException broken) {
    String message = String.valueOf(broken.getOriginalMessage());
    String line = message.lines().findFirst().orElse("");
    return PROGRAMMING.matcher(line).replaceAll("").strip();
  }
}
