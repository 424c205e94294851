package dev.fader.generate;

import java.util.Arrays;
import java.util.SplittableRandom;

/// Chooses tokens. The stages run in llama.cpp's order: repetition penalty, top-k, top-p, min-p,
/// temperature.
///
/// Not safe for use by several threads; the same settings and logits give the same tokens.
public final class Sampler {
  private final SamplerSettings settings;
  private final SplittableRandom random;

  /// A sampler at the start of its random numbers.
  public Sampler(SamplerSettings settings) {
    this.settings = settings;
    this.random = new SplittableRandom(settings.seed());
  }

  /// The next token.
  ///
  /// @param logits (vocabulary), which are changed
  /// @param history the tokens so far, of which the first `length` count
  /// @throws IllegalStateException if the logits have no largest number
  public int next(float[] logits, int[] history, int length) {
    penalize(logits, history, length);
    if (settings.temperature() == 0) {
      return largest(logits);
    }
    var candidates = Candidates.of(logits, settings.topK());
    candidates.keepTopP(settings.topP());
    candidates.keepMinP(settings.minP());
    return candidates.draw(settings.temperature(), random.nextDouble());
  }

  private void penalize(float[] logits, int[] history, int length) {
    if (settings.repeatPenalty() == 1) {
      return;
    }
    int from = Math.max(0, length - settings.repeatWindow());
    var recent = Arrays.copyOfRange(history, from, length);
    Arrays.sort(recent);
    for (int i = 0; i < recent.length; i++) {
      if (i == 0 || recent[i] != recent[i - 1]) {
        float logit = logits[recent[i]];
        float penalty = settings.repeatPenalty();
        logits[recent[i]] = logit > 0 ? logit / penalty : logit * penalty;
      }
    }
  }

  /// The index of the largest number, the first of several.
  static int largest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best] || Float.isNaN(logits[best])) {
        best = i;
      }
    }
    if (!(logits[best] > Float.NEGATIVE_INFINITY)) {
      throw new IllegalStateException(
          "the model's logits are not numbers: its weights are broken, or training diverged");
    }
    return best;
  }
}
