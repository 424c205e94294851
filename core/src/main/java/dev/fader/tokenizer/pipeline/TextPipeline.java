package dev.fader.tokenizer.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.fader.tokenizer.model.Encoding;
import dev.fader.tokenizer.model.PieceModel;
import dev.fader.tokenizer.pattern.Utf8;
import java.util.List;

/// From text to ids: added tokens are matched first; the text between them is normalized, split
/// into words and encoded by the model.
public final class TextPipeline {
  private final Stage asText;
  private final Stage asTokens;
  private final TextNormalizer normalization;
  private final PreTokenizer preTokenizer;
  private final PieceModel model;

  public TextPipeline(
      List<AddedToken> added,
      TextNormalizer normalization,
      PreTokenizer preTokenizer,
      PieceModel model) {
    this.normalization = normalization;
    this.preTokenizer = preTokenizer;
    this.model = model;
    asTokens = stage(added);
    asText = stage(added.stream().filter(token -> !token.special()).toList());
  }

  /// The added tokens to match in the raw text and, after that, in normalized text.
  private record Stage(AddedTokenMatcher raw, AddedTokenMatcher normalized) {}

  private Stage stage(List<AddedToken> tokens) {
    var raw = tokens.stream().filter(token -> !token.matching().normalized()).toList();
    var normalized =
        tokens.stream()
            .filter(token -> token.matching().normalized())
            .map(token -> token.withContent(normalization.apply(token.content())))
            .toList();
    return new Stage(new AddedTokenMatcher(raw), new AddedTokenMatcher(normalized));
  }

  /// The ids of a text.
  ///
  /// @param withSpecialTokens whether special tokens are matched too
  public int[] encode(String text, boolean withSpecialTokens) {
    Stage stage = withSpecialTokens ? asTokens : asText;
    byte[] utf8 = Utf8.bytes(text);
    var encoding = new Encoding();
    var search = stage.raw.search(utf8, 0, utf8.length);
    int at = 0;
    while (search.next()) {
      encodeBetween(encoding, stage, utf8, new int[] {at, search.start});
      encoding.add(search.id);
      at = search.end;
    }
    encodeBetween(encoding, stage, utf8, new int[] {at, utf8.length});
    return encoding.idsFrom(0);
  }

  private void encodeBetween(Encoding encoding, Stage stage, byte[] utf8, int[] range) {
    if (range[0] >= range[1]) {
      return;
    }
    boolean changed = !normalization.leaves(utf8, range[0], range[1]);
    byte[] normalized = changed ? normalization.apply(utf8, range[0], range[1]) : utf8;
    int at = changed ? 0 : range[0];
    int end = changed ? normalized.length : range[1];
    int before = changed ? Utf8.codePoints(utf8, 0, range[0]) : 0;
    boolean isFirst =
        range[0] == 0
            && (!changed
                || !preTokenizer.asksForFirst()
                || normalization.keepsStart(new String(utf8, 0, range[1], UTF_8)));
    var search = stage.normalized.search(normalized, at, end);
    encoding.start(normalized, before);
    while (search.next()) {
      preTokenizer.encode(encoding, model, new int[] {at, search.start}, isFirst);
      isFirst = isFirst && search.end == at;
      encoding.add(search.id);
      at = search.end;
    }
    preTokenizer.encode(encoding, model, new int[] {at, end}, isFirst);
  }
}
