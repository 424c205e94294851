package dev.fader.langchain4j;

import dev.fader.Serving;
import dev.fader.generate.Pooling;
import java.util.Arrays;
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

  /// The first `size` numbers of a vector, scaled to length 1 again, as models are trained for that
  /// make use of it (Kusupati et al. 2022, "Matryoshka Representation Learning").
  static float[] shortened(float[] vector, int size) {
    if (size < 1 || size > vector.length) {
      throw new IllegalArgumentException(
          "dimensions is %d, and must be from 1 to the model's %d".formatted(size, vector.length));
    }
    if (size == vector.length) {
      return vector;
    }
    var first = Arrays.copyOf(vector, size);
    double length = Math.sqrt(dot(first, first));
    for (int i = 0; i < size && length > 0; i++) {
      first[i] = (float) (first[i] / length);
    }
    return first;
  }

  static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
