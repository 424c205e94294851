package dev.fader.app.cli.option;

import dev.fader.model.file.LoadedModel;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// One token that an option names: as text, as its piece, or as `id:N`.
public final class TokenChoice {
  /// How options describe it.
  public static final String FORMS = "as text that is one token, as its piece, or as id:N";

  private static final String BY_ID = "id:";

  private TokenChoice() {}

  /// The token.
  ///
  /// @param option for what is said of it
  /// @throws ParameterException if there is no such token, or the text is several
  public static int of(CommandSpec command, LoadedModel model, String option, String given) {
    if (given.startsWith(BY_ID)) {
      return byId(command, model, option, given);
    }
    var tokenizer =
        model
            .tokenizer()
            .orElseThrow(() ->
                misuse(
                    command,
                    "%s has no tokenizer.json, so it cannot read text: give %s id:N"
                        .formatted(model.path(), option)));
    var piece = tokenizer.id(given);
    if (piece.isPresent()) {
      return piece.getAsInt();
    }
    int[] ids = tokenizer.encode(given);
    if (ids.length != 1) {
      throw misuse(
          command,
          "%s '%s' is %d tokens%s: give one of them, or id:N"
              .formatted(option, given, ids.length, pieces(tokenizer, ids)));
    }
    return ids[0];
  }

  private static int byId(CommandSpec command, LoadedModel model, String option, String given) {
    int id;
    try {
      id = Integer.parseInt(given.substring(BY_ID.length()));
    } catch (NumberFormatException notNumber) {
      throw misuse(command, "%s '%s' is not id:N with a number".formatted(option, given));
    }
    new TokenIds(option, model.config().vocabularySize()).check(command, new int[] {id});
    return id;
  }

  private static String pieces(Tokenizer tokenizer, int[] ids) {
    var pieces = new ArrayList<String>();
    for (int id : ids) {
      pieces.add("'" + tokenizer.piece(id) + "'");
    }
    return pieces.isEmpty()
        ? ""
        : ", " + String.join(" ", pieces.subList(0, Math.min(8, ids.length)));
  }

  private static ParameterException misuse(CommandSpec command, String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
