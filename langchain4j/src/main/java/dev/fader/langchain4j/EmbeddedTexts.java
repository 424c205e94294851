package dev.fader.langchain4j;

import dev.fader.Serving;
import dev.fader.generate.Pooling;
import java.util.List;

/// Texts as vectors of a model of a serving.
///
/// @param strengths of the adapters, one for each of [Serving#choices]
record EmbeddedTexts(Serving serving, Pooling pooling, List<Float> strengths) {
  EmbeddedTexts {
    strengths = List.copyOf(strengths);
  }

  /// The tokens of a text, with those that the tokenizer frames it with.
  int[] tokens(String text) {
    var tokenizer = serving.model().tokenizer();
    return tokenizer.withSpecialTokens(tokenizer.encode(text));
  }

  /// The vector of a text, of length 1: (width).
  float[] vector(int... tokens) {
    float[] own = new float[strengths.size()];
    for (int i = 0; i < own.length; i++) {
      own[i] = strengths.get(i);
    }
    return serving.embed(tokens, pooling, own);
  }

  static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
