package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.pattern.CharacterKind;
import java.text.Normalizer;

/// The normalizer of BERT (`BasicTokenizer` in its `tokenization.py`).
///
/// @param cleansText whether control characters are removed and every space becomes `' '`
/// @param separatesChinese whether Chinese characters get spaces around them
/// @param stripsAccents whether accents are removed
/// @param lowersCase whether letters are lower-cased
public record BertNormalizer(
    boolean cleansText, boolean separatesChinese, boolean stripsAccents, boolean lowersCase) {

  String apply(String text) {
    String changed = text;
    if (cleansText) {
      changed = clean(changed);
    }
    if (separatesChinese) {
      changed = separate(changed);
    }
    if (stripsAccents) {
      changed =
          CaseFolding.withoutNonSpacingMarks(Normalizer.normalize(changed, Normalizer.Form.NFD));
    }
    return lowersCase ? CaseFolding.lowerCase(changed) : changed;
  }

  private static String clean(String text) {
    var clean = new StringBuilder(text.length());
    text.codePoints()
        .filter(c -> c != 0 && c != 0xFFFD && !isControl(c))
        .forEach(c -> clean.appendCodePoint(CharacterKind.isSpace(CharacterKind.of(c)) ? ' ' : c));
    return clean.toString();
  }

  private static boolean isControl(int codePoint) {
    if (codePoint == '\t' || codePoint == '\n' || codePoint == '\r') {
      return false;
    }
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE -> true;
      default -> false;
    };
  }

  private static String separate(String text) {
    var separated = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          if (isChinese(c)) {
            separated.append(' ').appendCodePoint(c).append(' ');
          } else {
            separated.appendCodePoint(c);
          }
        });
    return separated.toString();
  }

  /// The blocks in BERT's code; Hugging Face's port has 0x2B920 where BERT has 0x2B820.
  private static boolean isChinese(int c) {
    return (c >= 0x4E00 && c <= 0x9FFF)
        || (c >= 0x3400 && c <= 0x4DBF)
        || (c >= 0x20000 && c <= 0x2A6DF)
        || (c >= 0x2A700 && c <= 0x2B73F)
        || (c >= 0x2B740 && c <= 0x2B81F)
        || (c >= 0x2B920 && c <= 0x2CEAF)
        || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0x2F800 && c <= 0x2FA1F);
  }
}
