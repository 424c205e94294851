package dev.fader.generate;

/// The penalty of [Dry]. The Z-algorithm (Gusfield 1997, section 1.3) on the reversed text finds in
/// linear time how much of the end of the text also precedes each earlier token. Its memory is used
/// again for the next token.
final class DryPenalty implements LogitStage {
  /// The natural logarithm of the largest float32.
  private static final double LARGEST_LOGARITHM = 88.7228391;

  private final Dry settings;
  private final SequenceBreakers breakers;
  private int[] backwards = {}; // the last token first
  private int[] matches = {};
  private int[] lengths = {}; // by id, of the longest sequence that it would continue; 0 for none
  private int[] repeated = {}; // the ids with one

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
    grow(window, logits.length);
    for (int i = 0; i < window; i++) {
      backwards[i] = history[length - 1 - i];
    }
    int longest = breakers.distance(backwards, window);
    if (longest < settings.allowedLength()) {
      return;
    }
    int count = findRepeats(window, longest);
    for (int i = 0; i < count; i++) {
      int id = repeated[i];
      if (!breakers.isBreaker(id)) {
        logits[id] -= penalty(lengths[id] - 1);
      }
      lengths[id] = 0;
    }
  }

  private void grow(int window, int vocabulary) {
    if (backwards.length < window) {
      backwards = new int[2 * window];
      matches = new int[2 * window];
    }
    if (lengths.length < vocabulary) {
      lengths = new int[vocabulary];
      repeated = new int[vocabulary];
    }
  }

  /// Finds the tokens that would continue a repeated sequence, each with the length of the longest
  /// plus one, and returns how many they are.
  private int findRepeats(int window, int longest) {
    int count = 0;
    findMatches(backwards, window, matches);
    for (int i = 1; i < window; i++) {
      int length = Math.min(matches[i], longest);
      if (length >= settings.allowedLength()) {
        int id = backwards[i - 1];
        if (lengths[id] == 0) {
          repeated[count++] = id;
        }
        lengths[id] = Math.max(lengths[id], length + 1);
      }
    }
    return count;
  }

  /// Sets the Z-array of the first `count` tokens: for each position but the first, how many tokens
  /// from there on equal those from the start.
  static void findMatches(int[] tokens, int count, int[] matches) {
    int start = 0; // of the match that reaches furthest
    int end = 0;
    for (int i = 1; i < count; i++) {
      int match = i < end ? Math.min(matches[i - start], end - i) : 0;
      while (i + match < count && tokens[match] == tokens[i + match]) {
        match++;
      }
      matches[i] = match;
      if (i + match > end) {
        start = i;
        end = i + match;
      }
    }
  }

  private float penalty(int length) {
    int exponent = length - settings.allowedLength();
    // Keeps the power within the range of float32.
    if (settings.base() > 1.000001f) {
      exponent = Math.min(exponent, (int) (LARGEST_LOGARITHM / Math.log(settings.base())));
    }
    return (float) (settings.multiplier() * Math.pow(settings.base(), exponent));
  }
}
