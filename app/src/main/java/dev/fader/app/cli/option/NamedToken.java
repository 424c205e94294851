package dev.fader.app.cli.option;

import dev.fader.app.view.TokenChoice;
import dev.fader.model.file.LoadedModel;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// One token that an option names.
public final class NamedToken {
  private NamedToken() {}

  /// The token.
  ///
  /// @param option for what is said of it
  /// @throws ParameterException if there is no such token, or the text is several
  public static int of(CommandSpec command, LoadedModel model, String option, String given) {
    try {
      return choice(model).token(option, given);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(command.commandLine(), wrong.getMessage(), wrong);
    }
  }

  /// The tokens of a text that an option gives.
  ///
  /// @throws ParameterException if it is empty, or no text that the model reads
  public static int[] text(CommandSpec command, LoadedModel model, String option, String given) {
    try {
      return choice(model).tokens(option, given);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(command.commandLine(), wrong.getMessage(), wrong);
    }
  }

  /// The tokens of a model.
  static TokenChoice choice(LoadedModel model) {
    return new TokenChoice(
        model.path().toString(), model.tokenizer(), model.config().vocabularySize());
  }
}
