package dev.fader.app.cli.option;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Numbers by patterns for modules: `q_proj=8,down_proj=32`.
final class ModulePatterns {
  private static final int MOST_RANK = 1 << 20;

  private ModulePatterns() {}

  /// Positive numbers, by pattern.
  ///
  /// @throws ParameterException if `text` is none such
  static SequencedMap<String, Double> numbers(
      CommandSpec command, String option, @Nullable String text) {
    var numbers = new LinkedHashMap<String, Double>();
    if (text == null) {
      return numbers;
    }
    for (var part : text.split(",", -1)) {
      int at = part.lastIndexOf('=');
      double number = at < 1 ? -1 : number(part.substring(at + 1));
      if (!(number > 0)
          || Double.isInfinite(number)
          || numbers.put(part.substring(0, at).strip(), number) != null) {
        throw misuse(
            command,
            "%s has '%s': write a pattern and a positive number, each pattern once, as in q_proj=8,down_proj=32"
                .formatted(option, part));
      }
    }
    return numbers;
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text.strip());
    } catch (NumberFormatException none) {
      return -1;
    }
  }

  /// Ranks, by pattern.
  ///
  /// @throws ParameterException if `text` is none such
  static SequencedMap<String, Integer> ranks(
      CommandSpec command, String option, @Nullable String text) {
    var ranks = new LinkedHashMap<String, Integer>();
    numbers(command, option, text)
        .forEach((pattern, number) -> {
          if (number != Math.rint(number) || number > MOST_RANK) {
            throw misuse(
                command,
                "%s has %s for '%s': a rank is a whole number from 1 to %d"
                    .formatted(option, number, pattern, MOST_RANK));
          }
          ranks.put(pattern, number.intValue());
        });
    return ranks;
  }

  private static ParameterException misuse(CommandSpec command, String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
