package dev.fader.data.quality;

import java.util.Set;

/// Which texts are wrong, for a report to count and for a cleaning to leave out.
///
/// @param similar the least resemblance to an earlier text, from 0 to 1, of which 0.8 means that
///   four of five runs of words are the same; above 1 for never
/// @param leastWords of a text
/// @param mostRepetition the most bytes that one compressed byte may stand for
/// @param languages that may stay; empty for all
public record Rules(double similar, long leastWords, double mostRepetition, Set<String> languages) {
  /// Of texts that resemble each other less, too many are never compared.
  private static final double LEAST_SIMILAR = 0.7;

  /// What a report counts if nothing else is said.
  public static final Rules USUAL = new Rules(0.8, 1, 10, Set.of());

  /// @throws IllegalArgumentException if a number is out of range
  public Rules {
    if (!(similar >= LEAST_SIMILAR)) {
      throw new IllegalArgumentException(
          "`similar` %s is too little to be found: choose from %s to 1, or 2 for none"
              .formatted(similar, LEAST_SIMILAR));
    }
    if (leastWords < 0) {
      throw new IllegalArgumentException(
          "`leastWords` is %d, and must be 0 or more".formatted(leastWords));
    }
    if (!(mostRepetition >= 1)) {
      throw new IllegalArgumentException(
          "`mostRepetition` is %s, and no text becomes larger: choose 1 or more, such as 10"
              .formatted(mostRepetition));
    }
    languages = Set.copyOf(languages);
    for (var language : languages) {
      if (!Language.isKnown(language)) {
        throw new IllegalArgumentException(
            "`languages` '%s' is none that is guessed: choose of %s, or a script such as cyrillic"
                .formatted(language, String.join(", ", Language.names())));
      }
    }
  }
}
