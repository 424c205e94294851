package dev.fader.app.explain;

import java.util.SplittableRandom;

/// A small language: sentences of one form, of which there are 46,656.
final class Sentences {
  private static final String[] ADJECTIVES = {"old", "red", "small", "quick", "quiet", "round"};
  private static final String[] NOUNS = {"fox", "bird", "king", "stone", "river", "horse"};
  private static final String[] VERBS = {"saw", "found", "left", "heard", "painted", "asked"};

  private Sentences() {}

  /// So many of them, a line each; the same for the same seed.
  static String some(long seed, int count) {
    var random = new SplittableRandom(seed);
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append("the ").append(one(random, ADJECTIVES)).append(' ').append(one(random, NOUNS));
      text.append(' ').append(one(random, VERBS));
      text.append(" a ").append(one(random, ADJECTIVES)).append(' ').append(one(random, NOUNS));
      text.append(".\n");
    }
    return text.toString();
  }

  private static String one(SplittableRandom random, String[] words) {
    return words[random.nextInt(words.length)];
  }
}
