package dev.fader.generate;

import dev.fader.grammar.TokenPieces;
import dev.fader.tokenizer.SpecialTokens;
import dev.fader.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/// The texts of the tokens of a vocabulary, for grammars. Special tokens have none, whatever they
/// look like: they must not satisfy a grammar that does not name them.
final class GrammarTokens {
  private GrammarTokens() {}

  /// @param vocabulary the model's vocabulary size, which may exceed the tokenizer's
  static TokenPieces of(Tokenizer tokenizer, int vocabulary) {
    var pieces = new byte[vocabulary][0];
    var named = new BitSet();
    for (int id = 0; id < Math.min(vocabulary, tokenizer.vocabularySize()); id++) {
      var piece = tokenizer.bytes(id);
      named.set(id, tokenizer.isAdded(id));
      if (piece.length > 0 && !isControl(tokenizer, id, piece)) {
        pieces[id] = piece;
      }
    }
    return new TokenPieces(pieces, named);
  }

  /// Whether the token is special: its text is encoded to it only with special tokens enabled.
  private static boolean isControl(Tokenizer tokenizer, int id, byte[] piece) {
    if (!tokenizer.isAdded(id)) {
      return false; // no others are special, and encoding takes a while
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
