package dev.fader.tokenizer;

import dev.fader.tokenizer.error.TokenizerException;
import dev.fader.tokenizer.file.JsonField;
import dev.fader.tokenizer.pipeline.AddedToken;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Compares two tokenizers on probe texts: cases that splits, normalizers and vocabularies are
/// known to treat differently, and random sequences of the tokenizer's own pieces.
final class RoundTripCheck {
  private static final int ROWS = 200;
  private static final int LONGEST_ROW = 12;
  private static final int LONGEST_RUN = 70;
  private static final int MOST_SHOWN = 12;

  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "  ",
          "a",
          " a",
          "  a  b ",
          "in 2024 and 2025, 31415926 of them!! 1 12 123 1234 12345",
          "\u00B2\u00BD \u0661\u0662\u0663\u0664 \u2167 x\u00B2",
          "I'll say it's what they'd've done; I'LL SAY IT'S. 'tis '\u017F",
          "\u0939\u093F\u0928\u094D\u0926\u0940 \u092D\u093E\u0937\u093E \u0E20\u0E32\u0E29\u0E32\u0E44\u0E17\u0E22",
          "\u4E2D\u6587\u5B57\u7B26\uFF0C\u3002 \u65E5\u672C\u8A9E\u306E\u30C6\u30B9\u30C8 \uD55C\uAD6D\uC5B4",
          "for (int i = 0; i < n; i++) {\n\tx[i] += f(i) * 0x1F; // ok?\n}\n\n",
          "def f(x):\n    return x**2\n\n\n        pass\r\n\r\n\t\tend",
          "\n",
          "\n\n\n a \n b\n",
          "a\u00A0b\u2003c\u3000d\u2028e\u0085f\u200Bg",
          "\uD83D\uDE00\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67 \uD83C\uDDE9\uD83C\uDDEA",
          "caf\u00E9 cafe\u0301 na\u00EFve nai\u0308ve \u1E69 s\u0323\u0307 \uD55C \u1112\u1161\u11AB",
          "\u2460 \uFB01 \uFF21\uFF22\uFF23 \u212B \u2126 \u00DF \u1E9E \u0130\u0131",
          "HTTPServer iPhone McDonald CamelCase snake_case ALLCAPS \u041F\u0420\u0418\u0432\u0435\u0442",
          "...!!!???---===___***###$$$%%%^^^&&&~~~```<<<>>>|||\\\\\\///",
          "$1,234.56 + 7e-9 = #42 @user a@b.de https://x.org/a?b=c&d=%20",
          "\u2581a \u2581 \u2581\u2581b",
          "\u0000\u0001\u007F\uFEFFa\uFFFD",
          "a".repeat(40) + " " + "=".repeat(70) + " " + " ".repeat(70) + "ha".repeat(20));

  private final Tokenizer tokenizer;

  /// @param tokenizer its pieces are the material of the random sequences
  RoundTripCheck(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /// How the tokenizer read back from the file differs from this one, if a probe text shows it.
  Optional<String> difference(Tokenizer after) {
    for (AddedToken token : tokenizer.parts().added()) {
      var same = after.parts().added().stream().filter(other -> other.id() == token.id()).findAny();
      boolean isFound =
          same.isPresent()
              && same.get().content().equals(token.content())
              && same.get().special() == token.special()
              && matchesLike(same.get().matching(), token);
      if (!isFound && !token.content().isEmpty()) {
        return Optional.of(
            "looks for the added token '%s' in a way that GGUF cannot express (lstrip, rstrip, single_word, normalized or special)"
                .formatted(JsonField.shown(token.content())));
      }
    }
    int[] nothing = {};
    if (!Arrays.equals(tokenizer.withSpecialTokens(nothing), after.withSpecialTokens(nothing))
        || !Arrays.equals(tokenizer.prefixTokens(), after.prefixTokens())) {
      return Optional.of(
          "puts %s around every text, and %s when it is read back from a GGUF file"
              .formatted(
                  Arrays.toString(tokenizer.withSpecialTokens(nothing)),
                  Arrays.toString(after.withSpecialTokens(nothing))));
    }
    return differenceOfTexts(after);
  }

  private boolean matchesLike(AddedToken.Matching other, AddedToken token) {
    var own = token.matching();
    boolean sameText =
        own.normalized() == other.normalized()
            || tokenizer.parts().normalization().apply(token.content()).equals(token.content());
    return sameText
        && own.singleWord() == other.singleWord()
        && own.takesSpaceBefore() == other.takesSpaceBefore()
        && own.takesSpaceAfter() == other.takesSpaceAfter();
  }

  /// The difference that the first differing text shows, if there is one.
  private Optional<String> differenceOfTexts(Tokenizer other) {
    for (String text : texts()) {
      for (SpecialTokens specials : SpecialTokens.values()) {
        Optional<int[]> ids = encode(tokenizer, text, specials);
        Optional<int[]> others = encode(other, text, specials);
        if (ids.isPresent() != others.isPresent()
            || (ids.isPresent() && !Arrays.equals(ids.get(), others.orElseThrow()))) {
          return Optional.of(
              "gives '%s' the ids %s, and %s when it is read back from a GGUF file"
                  .formatted(shown(text), shown(ids), shown(others)));
        }
        String decoded = ids.map(tokenizer::decode).orElse("");
        String otherwise = ids.map(other::decode).orElse("");
        boolean keepsText = decoded.equals(text);
        if (keepsText && !otherwise.equals(text)) {
          return Optional.of(
              "decodes %s to '%s', and to '%s' when it is read back from a GGUF file"
                  .formatted(shown(ids), shown(decoded), shown(otherwise)));
        }
      }
    }
    return Optional.empty();
  }

  /// All byte values that occur in UTF-8: a file may lose the piece of a single one.
  private static String allBytes() {
    var text = new StringBuilder();
    for (int c = 0; c < 0x800; c += c < 0xC0 ? 1 : 0x40) {
      text.appendCodePoint(c);
    }
    for (int c = 0x800; c <= 0xFFFF; c += c == 0x800 ? 0x800 : 0x1000) {
      text.appendCodePoint(c);
    }
    for (int c = 0x10000; c <= 0x10FFFF; c += c == 0x10000 ? 0x30000 : 0x40000) {
      text.appendCodePoint(c);
    }
    return text.toString();
  }

  private List<String> texts() {
    var texts = new ArrayList<>(TEXTS);
    texts.add(allBytes());
    for (String run : List.of(" ", "\u2581", "\n", "\t", "-", "=", "a", "1")) {
      for (int length = 2; length <= LONGEST_RUN; length++) {
        texts.add(run.repeat(length));
      }
    }
    var random = new Random(1);
    for (int row = 0; row < ROWS; row++) {
      var text = new StringBuilder();
      for (int length = 1 + random.nextInt(LONGEST_ROW); length > 0; length--) {
        text.append(tokenizer.decode(new int[] {random.nextInt(tokenizer.vocabularySize())}));
      }
      texts.add(text.toString());
    }
    return texts;
  }

  /// The ids; empty if a character has none.
  private static Optional<int[]> encode(Tokenizer tokenizer, String text, SpecialTokens specials) {
    try {
      return Optional.of(tokenizer.encode(text, specials));
    } catch (TokenizerException unknown) {
      return Optional.empty();
    }
  }

  private static String shown(Optional<int[]> ids) {
    return ids.map(all ->
            Arrays.toString(Arrays.copyOf(all, Math.min(all.length, MOST_SHOWN)))
                + (all.length > MOST_SHOWN ? "…" : ""))
        .orElse("none");
  }

  private static String shown(String text) {
    return JsonField.shown(text.replace("\n", "\\n").replace("\r", "\\r"));
  }
}
