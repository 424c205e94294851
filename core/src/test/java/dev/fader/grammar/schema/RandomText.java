package dev.fader.grammar.schema;

import dev.fader.grammar.Grammar;
import dev.fader.grammar.GrammarMatcher;
import dev.fader.grammar.TokenPieces;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// Texts that a model of no sense writes under a grammar: random logits, token by token.
public final class RandomText {
  /// All bytes, words, and tokens that end or begin within characters; the last id ends a text, the
  /// one before is no text.
  private static final byte[][] PIECES = pieces();

  public static final TokenPieces VOCABULARY = new TokenPieces(PIECES);
  public static final int END = PIECES.length - 1;
  public static final int CONTROL = PIECES.length - 2;

  private RandomText() {}

  private static byte[][] pieces() {
    var pieces = new ArrayList<byte[]>();
    for (int value = 0; value < 256; value++) {
      pieces.add(new byte[] {(byte) value});
    }
    var words =
        List.of(
            "true", "null", "\"}", "\": ", "\",\"", "{\"", " \"", "[[", "]]", "12", "0.5", "-1",
            "name", "age", "éa", "ß", "日本", "\\u", "\\n", "abc", "ab", "b", "e+", "  ", "\n");
    words.forEach(word -> pieces.add(word.getBytes(StandardCharsets.UTF_8)));
    var face = "😀x".getBytes(StandardCharsets.UTF_8);
    for (int i = 1; i < face.length; i++) {
      pieces.add(Arrays.copyOf(face, i));
      pieces.add(Arrays.copyOfRange(face, i, face.length));
    }
    pieces.add(new byte[0]);
    pieces.add(new byte[0]);
    return pieces.toArray(new byte[0][]);
  }

  /// A text of a seed; after `patience` tokens it ends as soon as it may, and prefers what closes.
  public static String of(Grammar grammar, long seed, int patience) {
    return finished(grammar, seed, patience)
        .orElseThrow(() -> new AssertionError("seed " + seed + ": no end"));
  }

  /// The same, if it ends within twenty times the patience.
  static Optional<String> finished(Grammar grammar, long seed, int patience) {
    var random = new SplittableRandom(seed);
    var matcher = new GrammarMatcher(grammar, VOCABULARY, List.of(END));
    var text = new ByteArrayOutputStream();
    var logits = new float[PIECES.length];
    for (int step = 0; step < 20 * patience; step++) {
      for (int id = 0; id < logits.length; id++) {
        logits[id] = (float) random.nextDouble(-1, 1);
      }
      if (step > patience) {
        logits[END] = 100;
        for (char closing : "\"}])0".toCharArray()) {
          logits[closing] = 50 + random.nextInt(10);
        }
      }
      matcher.mask(logits);
      int best = 0;
      for (int id = 1; id < logits.length; id++) {
        best = logits[id] > logits[best] ? id : best;
      }
      if (best == END) {
        return Optional.of(text.toString(StandardCharsets.UTF_8));
      }
      matcher.accept(best);
      text.writeBytes(PIECES[best]);
    }
    return Optional.empty();
  }
}
