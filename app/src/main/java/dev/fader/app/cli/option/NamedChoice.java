package dev.fader.app.cli.option;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// A constant that the user names.
public final class NamedChoice {
  private NamedChoice() {}

  /// The constant, if one is named.
  ///
  /// @param option for what is said of it
  /// @throws ParameterException if there is none of this name
  public static <E extends Enum<E>> Optional<E> of(
      CommandSpec command, Class<E> type, String option, @Nullable String name) {
    if (name == null) {
      return Optional.empty();
    }
    for (var constant : type.getEnumConstants()) {
      if (constant.name().equalsIgnoreCase(name.replace('-', '_'))) {
        return Optional.of(constant);
      }
    }
    var known = new StringBuilder();
    for (var constant : type.getEnumConstants()) {
      known.append(known.isEmpty() ? "" : ", ").append(constant.name().toLowerCase(Locale.ROOT));
    }
    throw new ParameterException(
        command.commandLine(),
        "%s '%s' is unknown: choose one of %s".formatted(option, name, known));
  }
}
