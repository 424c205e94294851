package dev.fader.tokenizer;

import java.util.List;
import java.util.Optional;

/// From a text to its ids: added tokens are found first, what lies between is normalized, cut into
/// words and given to the model.
final class TextPipeline {
  private final Stage asText;
  private final Stage asTokens;
  private final Normalization normalization;
  private final PreTokenizer preTokenizer;
  private final PieceModel model;

  TextPipeline(
      List<AddedToken> added,
      Normalization normalization,
      PreTokenizer preTokenizer,
      PieceModel model) {
    this.normalization = normalization;
    this.preTokenizer = preTokenizer;
    this.model = model;
    asTokens = stage(added);
    asText = stage(added.stream().filter(token -> !token.special()).toList());
  }

  /// The tokens to find in the text as it comes and, after that, in normalized text.
  private record Stage(AddedTokens raw, AddedTokens normalized) {}

  private Stage stage(List<AddedToken> tokens) {
    var raw = tokens.stream().filter(token -> !token.matching().normalized()).toList();
    var normalized =
        tokens.stream()
            .filter(token -> token.matching().normalized())
            .map(token -> token.withContent(normalization.apply(token.content())))
            .toList();
    return new Stage(new AddedTokens(raw), new AddedTokens(normalized));
  }

  int[] encode(String text, Specials specials) {
    Stage stage =
        switch (specials) {
          case AS_TEXT -> asText;
          case AS_TOKENS -> asTokens;
        };
    var encoding = new Encoding();
    int at = 0;
    Optional<AddedTokens.Match> match = stage.raw.next(text, 0);
    while (match.isPresent()) {
      encodeBetween(encoding, stage, text.substring(at, match.get().from()));
      encoding.add(match.get().token().id());
      encoding.passed(text, at, match.get().to());
      at = match.get().to();
      match = stage.raw.next(text, at);
    }
    encodeBetween(encoding, stage, at == 0 ? text : text.substring(at));
    return encoding.idsFrom(0);
  }

  private void encodeBetween(Encoding encoding, Stage stage, String text) {
    String normalized = normalization.apply(text);
    int at = 0;
    Optional<AddedTokens.Match> match = stage.normalized.next(normalized, 0);
    while (match.isPresent()) {
      encodeWords(encoding, normalized.substring(at, match.get().from()));
      encoding.add(match.get().token().id());
      at = match.get().to();
      match = stage.normalized.next(normalized, at);
    }
    encodeWords(encoding, at == 0 ? normalized : normalized.substring(at));
  }

  private void encodeWords(Encoding encoding, String text) {
    boolean prefixed = preTokenizer.prefixSpace() && !text.isEmpty() && text.charAt(0) != ' ';
    encoding.start(Utf8.bytes(prefixed ? " " + text : text));
    preTokenizer.encode(encoding, model);
  }
}
