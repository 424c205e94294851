package dev.fader.serve.ollama;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/// Durations as Go spells them, such as `1h30m`, `-1s` and `1.5h`.
final class KeepAlive {
  /// What they look like.
  static final String FORM = "a duration such as 5m or 1h30m, or a number of seconds";

  private static final int LONGEST = 40;
  private static final Pattern PART =
      Pattern.compile("(\\d{1,9}(?:\\.\\d{0,9})?)(ns|us|µs|ms|s|m|h)");

  private KeepAlive() {}

  /// The duration, if it is one. A number alone is that of seconds, as Ollama takes it.
  static Optional<Duration> parse(String text) {
    boolean negative = text.startsWith("-");
    var amount = negative || text.startsWith("+") ? text.substring(1) : text;
    if (amount.length() > LONGEST) {
      return Optional.empty();
    }
    if (amount.matches("\\d{1,9}")) {
      amount += "s";
    }
    double seconds = 0;
    int from = 0;
    var part = PART.matcher(amount);
    while (from < amount.length() && part.find(from) && part.start() == from) {
      seconds += Double.parseDouble(part.group(1)) * secondsOf(part.group(2));
      from = part.end();
    }
    if (amount.isEmpty() || from < amount.length()) {
      return Optional.empty();
    }
    // Beyond 31 years it does not matter.
    long nanos = (long) (Math.min(seconds, 1e9) * 1e9);
    return Optional.of(Duration.ofNanos(negative ? -nanos : nanos));
  }

  private static double secondsOf(String unit) {
    return switch (unit) {
      case "h" -> 3600;
      case "m" -> 60;
      case "s" -> 1;
      case "ms" -> 1e-3;
      case "ns" -> 1e-9;
      default -> 1e-6;
    };
  }
}
