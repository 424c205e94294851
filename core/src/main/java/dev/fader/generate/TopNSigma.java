package dev.fader.generate;

/// Masks the logits more than `n` standard deviations below the largest (Tang et al. 2024,
/// arXiv:2411.07641).
record TopNSigma(float n) implements LogitStage {
  @Override
  public void apply(float[] logits, int[] history, int length) {
    double sum = 0;
    double squares = 0;
    float largest = Float.NEGATIVE_INFINITY;
    int count = 0;
    for (float logit : logits) {
      if (logit > Float.NEGATIVE_INFINITY) {
        largest = Math.max(largest, logit);
        sum += logit;
        count++;
      }
    }
    double mean = sum / count;
    for (float logit : logits) {
      if (logit > Float.NEGATIVE_INFINITY) {
        squares += (logit - mean) * (logit - mean);
      }
    }
    double lowest = largest - n * Math.sqrt(squares / count);
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] < lowest) {
        logits[id] = Float.NEGATIVE_INFINITY;
      }
    }
  }
}
