package dev.fader.app.cli.option;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Token ids that an option gives.
///
/// @param option its name, for what is said of them
/// @param vocabulary how many ids there are
public record TokenIds(String option, int vocabulary) {
  /// Refuses ids that there are not.
  public void check(CommandSpec command, int[] ids) {
    for (int id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw new ParameterException(
            command.commandLine(),
            "%s %d is not in the vocabulary of %d: give ids from 0 to %d"
                .formatted(option, id, vocabulary, vocabulary - 1));
      }
    }
  }
}
