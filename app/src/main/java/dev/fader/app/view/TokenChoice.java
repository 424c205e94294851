package dev.fader.app.view;

import dev.fader.inspect.trace.TokenMeasure;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;

/// Tokens of a model that are named: as text, as a piece, or as `id:N`.
///
/// @param model what it is called, for what is said of it
/// @param vocabulary how many ids there are
public record TokenChoice(String model, Optional<Tokenizer> tokenizer, int vocabulary) {
  /// How options describe it.
  public static final String FORMS = "as text that is one token, as its piece, or as id:N";

  private static final String BY_ID = "id:";
  private static final String IDS = "ids:";

  /// The token.
  ///
  /// @param option or field that names it, for what is said of it
  /// @throws IllegalArgumentException if there is no such token, or the text is several
  public int token(String option, String given) {
    if (given.startsWith(BY_ID)) {
      return byId(option, given);
    }
    var own =
        tokenizer.orElseThrow(() ->
            new IllegalArgumentException(
                "%s has no tokenizer.json, so it cannot read text: give %s id:N"
                    .formatted(model, option)));
    var piece = own.id(given);
    if (piece.isPresent()) {
      return piece.getAsInt();
    }
    int[] ids = own.encode(given);
    if (ids.length != 1) {
      throw new IllegalArgumentException(
          "%s '%s' is %d tokens%s: give one of them, or id:N"
              .formatted(option, given, ids.length, pieces(own, ids)));
    }
    return ids[0];
  }

  private int byId(String option, String given) {
    int id;
    try {
      id = Integer.parseInt(given.substring(BY_ID.length()));
    } catch (NumberFormatException notNumber) {
      throw new IllegalArgumentException(
          "%s '%s' is not id:N with a number".formatted(option, given), notNumber);
    }
    requireId(option, id, vocabulary);
    return id;
  }

  /// Refuses an id that there is not.
  ///
  /// @throws IllegalArgumentException if there is none
  public static void requireId(String option, int id, int vocabulary) {
    if (id < 0 || id >= vocabulary) {
      throw new IllegalArgumentException(
          "%s %d is not in the vocabulary of %d: give ids from 0 to %d"
              .formatted(option, id, vocabulary, vocabulary - 1));
    }
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

  /// The tokens of a text, with those that the model is used to before it; or those of `ids:` and
  /// numbers with commas.
  ///
  /// @param option or field that gives it, for what is said of it
  /// @throws IllegalArgumentException if it is empty, or no such text
  public int[] tokens(String option, String given) {
    int[] ids = given.startsWith(IDS) ? byIds(option, given) : read(option, given);
    if (ids.length == 0) {
      throw new IllegalArgumentException(option + " is empty: give a text");
    }
    return ids;
  }

  private int[] read(String option, String given) {
    var own =
        tokenizer.orElseThrow(() ->
            new IllegalArgumentException(
                "%s has no tokenizer.json, so it cannot read text: give %s ids:1,2,..."
                    .formatted(model, option)));
    return own.withPrefixTokens(own.encode(given));
  }

  private int[] byIds(String option, String given) {
    int[] ids;
    try {
      ids =
          Arrays.stream(given.substring(IDS.length()).split(","))
              .mapToInt(Integer::parseInt)
              .toArray();
    } catch (NumberFormatException notNumbers) {
      throw new IllegalArgumentException(
          "%s '%s' is not ids: and numbers with commas".formatted(option, given), notNumbers);
    }
    for (int id : ids) {
      requireId(option, id, vocabulary);
    }
    return ids;
  }

  /// Which token's prediction is looked into.
  ///
  /// @param option that names the token
  /// @param token the usual one if not given
  /// @param againstOption that names the other one
  /// @param against by how much the logit of the first exceeds that of this one
  public record Asked(
      String option, Optional<String> token, String againstOption, Optional<String> against) {}

  /// What is asked of a prediction.
  ///
  /// @param usual the token that is asked for if none is named
  /// @throws IllegalArgumentException if there is no such token, or both are the same
  public TokenMeasure measure(Asked asked, int usual) {
    int token = asked.token.isEmpty() ? usual : token(asked.option, asked.token.get());
    if (asked.against.isEmpty()) {
      return TokenMeasure.logProbability(token);
    }
    int other = token(asked.againstOption, asked.against.get());
    if (other == token) {
      throw new IllegalArgumentException(
          asked.againstOption + " is the token that is asked for: give another");
    }
    return TokenMeasure.logitDifference(token, other);
  }
}
