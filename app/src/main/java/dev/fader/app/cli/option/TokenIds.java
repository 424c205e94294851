package dev.fader.app.cli.option;

import dev.fader.app.view.TokenChoice;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Token ids that an option gives.
///
/// @param option its name, for what is said of them
/// @param vocabulary how many ids there are
public record TokenIds(String option, int vocabulary) {
  /// Refuses ids that there are not.
  public void check(CommandSpec command, int[] ids) {
    try {
      for (int id : ids) {
        TokenChoice.requireId(option, id, vocabulary);
      }
    } catch (IllegalArgumentException none) {
      throw new ParameterException(command.commandLine(), none.getMessage(), none);
    }
  }
}
