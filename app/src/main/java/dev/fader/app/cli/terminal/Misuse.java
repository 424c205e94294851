package dev.fader.app.cli.terminal;

import dev.fader.format.Spelling;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// What to say of a command line that cannot be read. Picocli's own words name Java's types.
final class Misuse {
  private static final int MOST_SLIPS = 2;

  /// What other programs that tune call our options.
  private static final Map<String, String> ELSEWHERE =
      Map.ofEntries(
          Map.entry("--lora", "--adapter"),
          Map.entry("--lora-rank", "--rank"),
          Map.entry("--lora-r", "--rank"),
          Map.entry("--lora-alpha", "--alpha"),
          Map.entry("--learning-rate", "--lr"),
          Map.entry("--num-epochs", "--epochs"),
          Map.entry("--num-train-epochs", "--epochs"),
          Map.entry("--batch-size", "--batch"),
          Map.entry("--max-seq-len", "--context"),
          Map.entry("--max-seq-length", "--context"));

  private Misuse() {}

  static String line(ParameterException misuse) {
    var message = Objects.requireNonNullElse(misuse.getMessage(), "wrong use");
    return switch (misuse) {
      case UnmatchedArgumentException unmatched -> unknown(unmatched);
      case MissingParameterException missing -> missing(missing, message);
      default -> {
        var argument = misuse.getArgSpec();
        var value = misuse.getValue();
        yield argument == null || value == null ? message : wrong(argument, value, message);
      }
    };
  }

  private static String unknown(UnmatchedArgumentException unmatched) {
    var command = unmatched.getCommandLine();
    var kind =
        unmatched.isUnknownOption()
            ? "option"
            : command.getSubcommands().isEmpty() ? "argument" : "command";
    var given = unmatched.getUnmatched().getFirst();
    var names =
        unmatched.isUnknownOption()
            ? command.getCommandSpec().optionsMap().keySet()
            : command.getSubcommands().keySet();
    var elsewhere =
        Optional.ofNullable(ELSEWHERE.get(given.replaceFirst("=.*", "").replace('_', '-')));
    var near =
        names.stream()
            .filter(name -> elsewhere.isEmpty() && isNear(given, name))
            .min(Comparator.comparingInt(name -> Spelling.edits(given, name)));
    var proposal =
        elsewhere.filter(names::contains).or(() -> near).map(name -> "did you mean " + name + "?");
    return "unknown %s %s; %s".formatted(kind, given, proposal.orElseGet(() -> help(unmatched)));
  }

  /// Whether somebody who wrote `given` is likely to have meant `name`: it is the beginning of it,
  /// or a slip of a letter or two away, of more letters than that.
  private static boolean isNear(String given, String name) {
    int letters = given.replace("-", "").length();
    return (letters >= MOST_SLIPS && name.startsWith(given))
        || Spelling.edits(given, name) <= Math.min(MOST_SLIPS, letters / 2);
  }

  private static String missing(MissingParameterException missing, String message) {
    var names = missing.getMissing().stream().map(Misuse::name).collect(Collectors.joining(", "));
    if (names.isEmpty()) {
      return message;
    }
    if (message.startsWith("Missing required parameter for option")
        || message.startsWith("Expected parameter for option")) {
      return "%s has no value: write %s %s"
          .formatted(names, names, missing.getMissing().getFirst().paramLabel());
    }
    return "%s %s missing; %s"
        .formatted(names, missing.getMissing().size() == 1 ? "is" : "are", help(missing));
  }

  private static String wrong(ArgSpec argument, Object value, String message) {
    var type = argument.typeInfo().isMultiValue() ? argument.auxiliaryTypes()[0] : argument.type();
    if (message.contains("should be in KEY=VALUE format")) {
      return "%s '%s' has no '=': write %s".formatted(name(argument), value, argument.paramLabel());
    }
    var wanted = wanted(type);
    return wanted.isEmpty() || !message.startsWith("Invalid value")
        ? message
        : "%s '%s' is not %s".formatted(name(argument), value, wanted);
  }

  private static String wanted(Class<?> type) {
    if (List.of(int.class, Integer.class, long.class, Long.class).contains(type)) {
      return "a whole number, or too large";
    }
    if (List.of(float.class, Float.class, double.class, Double.class).contains(type)) {
      return "a number";
    }
    if (type == LocalDateTime.class) {
      return "a time: write it like 2026-01-02T03:04:05";
    }
    if (type.isEnum()) {
      return "known: choose one of "
          + Arrays.stream(type.getEnumConstants())
              .map(String::valueOf)
              .collect(Collectors.joining(", "));
    }
    return "";
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  private static String help(ParameterException misuse) {
    return "see " + misuse.getCommandLine().getCommandSpec().qualifiedName() + " --help";
  }
}
