package dev.fader.app.explain;

import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A small language: sentences of one form, of which there are 7,776.
final class Sentences {
  private static final String[] ADJECTIVES = {"old", "red", "small", "quick", "quiet", "round"};
  private static final String[] NOUNS = {"fox", "bird", "king", "stone", "river", "horse"};
  private static final String[] VERBS = {"saw", "found", "left", "heard", "painted", "asked"};

  private Sentences() {}

  /// The words that differ from sentence to sentence.
  static List<String> words() {
    return Stream.of(ADJECTIVES, NOUNS, VERBS).flatMap(Stream::of).toList();
  }

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

  /// The same sentences the other way round: `a red fox saw the quick bird.`
  static String turned(String text) {
    return text.lines()
        .map(line -> line.substring(0, line.length() - 1).split(" ", -1))
        .map(word ->
            String.join(" ", word[4], word[5], word[6], word[3], word[0], word[1], word[2]) + ".\n")
        .collect(Collectors.joining());
  }

  /// So many of them of which none is a line of `read`.
  static String unseen(String read, long seed, int count) {
    var known = new HashSet<>(read.lines().toList());
    return some(seed, 2 * count)
        .lines()
        .filter(line -> !known.contains(line))
        .limit(count)
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  private static String one(SplittableRandom random, String[] words) {
    return words[random.nextInt(words.length)];
  }
}
