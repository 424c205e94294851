package dev.fader.generate;

/// Repetition penalty (Keskar et al. 2019, as llama.cpp and transformers apply it to negative
/// logits), then presence and frequency penalties (those of OpenAI's interface).
final class TokenPenalty implements LogitStage {
  private final Penalties penalties;
  private final RecentTokens recent;

  TokenPenalty(Penalties penalties) {
    this.penalties = penalties;
    this.recent = new RecentTokens(penalties.window());
  }

  @Override
  public void apply(float[] logits, int[] history, int length) {
    recent.follow(history, length, logits.length);
    for (int kind = 0; kind < recent.kinds(); kind++) {
      int id = recent.id(kind);
      logits[id] = penalized(logits[id], recent.count(id));
    }
  }

  private float penalized(float logit, int count) {
    float repeated = logit > 0 ? logit / penalties.repeat() : logit * penalties.repeat();
    return repeated - (count * penalties.frequency() + penalties.presence());
  }
}
