package dev.fader.format;

import tools.jackson.core.JacksonException;

/// What the parser of JSON complains of, in one line for people.
public final class JsonProblem {
  private JsonProblem() {}

  /// The complaint, without the names of the parser's methods that it gives for its limits.
  public static String of(JacksonException broken) {
    String message = String.valueOf(broken.getOriginalMessage());
    return message.lines().findFirst().orElse("").replaceFirst(", from `[^`]*`", "").strip();
  }
}
