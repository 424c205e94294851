package dev.fader.format;

import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/// The message of a JSON parser, shortened to one line.
public final class JsonProblem {
  /// Messages for users of the parser's API.
  private static final Pattern PROGRAMMING =
      Pattern.compile(", from `[^`]*`|: enable `[^`]*` to allow| \\(start marker at .*");

  private JsonProblem() {}

  /// The message without the names of the parser's methods and settings.
  public static String of(JacksonException broken) {
    String message = String.valueOf(broken.getOriginalMessage());
    String line = message.lines().findFirst().orElse("");
    return PROGRAMMING.matcher(line).replaceAll("").strip();
  }
}
