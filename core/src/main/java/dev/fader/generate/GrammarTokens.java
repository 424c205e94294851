package dev.fader.generate;

import dev.fader.grammar.TokenPieces;
import dev.fader.tokenizer.SpecialTokens;
import dev.fader.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;

/// The tokens of a vocabulary that are text. Those that control a conversation are none, whatever
/// they look like: a grammar must not be satisfied by them.
final class GrammarTokens {
  private GrammarTokens() {}

  /// @param vocabulary ids that the model knows, which may be more than the tokenizer does
  static TokenPieces of(Tokenizer tokenizer, int vocabulary) {
    var pieces = new byte[vocabulary][0];
    for (int id = 0; id < Math.min(vocabulary, tokenizer.vocabularySize()); id++) {
      var piece = tokenizer.bytes(id);
      if (piece.length > 0 && !isControl(tokenizer, id, piece)) {
        pieces[id] = piece;
      }
    }
    return new TokenPieces(pieces);
  }

  /// Whether the text of the token becomes the token only where special tokens are read as such.
  private static boolean isControl(Tokenizer tokenizer, int id, byte[] piece) {
    if (piece.length < 3) {
      return false; // Shorter than any mark; and most of what is no character of its own.
    }
    var text = new String(piece, StandardCharsets.UTF_8);
    return text.indexOf('\uFFFD') < 0
        && isOnly(id, tokenizer.encode(text, SpecialTokens.AS_TOKENS))
        && !isOnly(id, tokenizer.encode(text, SpecialTokens.AS_TEXT));
  }

  private static boolean isOnly(int id, int[] ids) {
    return ids.length == 1 && ids[0] == id;
  }
}
