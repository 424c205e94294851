package dev.fader.generate;

import java.util.Arrays;

/// Repetition penalty (Keskar et al. 2019, as llama.cpp and transformers apply it to negative
/// logits), then presence and frequency penalties (those of OpenAI's interface).
record TokenPenalty(Penalties penalties) implements LogitStage {
  @Override
  public void apply(float[] logits, int[] history, int length) {
    int from = penalties.window() < 0 ? 0 : Math.max(0, length - penalties.window());
    var recent = Arrays.copyOfRange(history, from, length);
    Arrays.sort(recent);
    int count;
    for (int i = 0; i < recent.length; i += count) {
      count = 1;
      while (i + count < recent.length && recent[i + count] == recent[i]) {
        count++;
      }
      logits[recent[i]] = penalized(logits[recent[i]], count);
    }
  }

  private float penalized(float logit, int count) {
    float repeated = logit > 0 ? logit / penalties.repeat() : logit * penalties.repeat();
    return repeated - (count * penalties.frequency() + penalties.presence());
  }
}
