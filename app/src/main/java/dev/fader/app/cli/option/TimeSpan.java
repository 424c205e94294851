package dev.fader.app.cli.option;

import java.time.Duration;
import java.util.regex.Pattern;

/// Times as people write them: `30`, `30s`, `5m`, `1.5h`.
public final class TimeSpan {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|s|m|h)?");

  private TimeSpan() {}

  /// The time that `text` is, given as `--flag`; seconds where it has no unit.
  ///
  /// @throws IllegalArgumentException with one line if it is none
  public static Duration parse(String flag, String text) {
    var parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "--%s '%s' is not a time: write it like 30, 30s, 5m or 1h".formatted(flag, text));
    }
    double seconds =
        switch (parts.group(2)) {
          case "ms" -> 1e-3;
          case "m" -> 60;
          case "h" -> 3600;
          case null, default -> 1;
        };
    return Duration.ofNanos(Math.round(1e9 * seconds * Double.parseDouble(parts.group(1))));
  }
}
