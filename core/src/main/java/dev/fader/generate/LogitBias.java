package dev.fader.generate;

import java.util.Map;

/// Adds to the logits of some tokens.
final class LogitBias implements LogitStage {
  private final int[] ids;
  private final float[] biases;

  LogitBias(Map<Integer, Float> biasOfId) {
    this.ids = new int[biasOfId.size()];
    this.biases = new float[ids.length];
    int at = 0;
    for (var bias : biasOfId.entrySet()) {
      ids[at] = bias.getKey();
      biases[at++] = bias.getValue();
    }
  }

  @Override
  public void apply(float[] logits, int[] history, int length) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] >= logits.length) {
        throw new IllegalArgumentException(
            "logit bias of token %d: the vocabulary has %d: give ids from 0 to %d"
                .formatted(ids[i], logits.length, logits.length - 1));
      }
      logits[ids[i]] += biases[i];
    }
  }
}
