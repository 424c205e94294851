package dev.fader.generate;

import java.util.HashMap;
import java.util.Map;

/// The penalty of [Dry]. The Z-algorithm (Gusfield 1997, section 1.3) on the reversed text finds in
/// linear time how much of the end of the text also precedes each earlier token.
final class DryPenalty implements LogitStage {
  /// The natural logarithm of the largest float32.
  private static final double LARGEST_LOGARITHM = 88.7228391;

  private final Dry settings;
  private final SequenceBreakers breakers;

  DryPenalty(Dry settings, SequenceBreakers breakers) {
    this.settings = settings;
    this.breakers = breakers;
  }

  @Override
  public void apply(float[] logits, int[] history, int length) {
    int window = settings.window() < 0 ? length : Math.min(length, settings.window());
    if (window <= settings.allowedLength()) {
      return;
    }
    var backwards = new int[window]; // the last token first
    for (int i = 0; i < window; i++) {
      backwards[i] = history[length - 1 - i];
    }
    int longest = breakers.distance(backwards);
    if (longest < settings.allowedLength()) {
      return;
    }
    for (var repeat : repeats(backwards, longest).entrySet()) {
      if (!breakers.isBreaker(repeat.getKey())) {
        logits[repeat.getKey()] -= penalty(repeat.getValue());
      }
    }
  }

  /// The tokens that would continue a repeated sequence, each with the length of the longest.
  private Map<Integer, Integer> repeats(int[] backwards, int longest) {
    var lengths = new HashMap<Integer, Integer>();
    var matches = matches(backwards);
    for (int i = 1; i < matches.length; i++) {
      int repeated = Math.min(matches[i], longest);
      if (repeated >= settings.allowedLength()) {
        lengths.merge(backwards[i - 1], repeated, Math::max);
      }
    }
    return lengths;
  }

  /// The Z-array: for each position, how many tokens from there on equal those from the start.
  static int[] matches(int[] tokens) {
    var matches = new int[tokens.length];
    int start = 0; // of the match that reaches furthest
    int end = 0;
    for (int i = 1; i < tokens.length; i++) {
      int match = i < end ? Math.min(matches[i - start], end - i) : 0;
      while (i + match < tokens.length && tokens[match] == tokens[i + match]) {
        match++;
      }
      matches[i] = match;
      if (i + match > end) {
        start = i;
        end = i + match;
      }
    }
    return matches;
  }

  private float penalty(int repeated) {
    int exponent = repeated - settings.allowedLength();
    // Keeps the power within the range of float32.
    if (settings.base() > 1.000001f) {
      exponent = Math.min(exponent, (int) (LARGEST_LOGARITHM / Math.log(settings.base())));
    }
    return (float) (settings.multiplier() * Math.pow(settings.base(), exponent));
  }
}
