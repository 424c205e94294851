package dev.fader.generate;

import java.util.Map;

/// Adds to the logits of some tokens.
record LogitBias(Map<Integer, Float> biases) implements LogitStage {
  @Override
  public void apply(float[] logits, int[] history, int length) {
    for (var bias : biases.entrySet()) {
      if (bias.getKey() >= logits.length) {
        throw new IllegalArgumentException(
            "logit bias of token %d: the vocabulary has %d: give ids from 0 to %d"
                .formatted(bias.getKey(), logits.length, logits.length - 1));
      }
      logits[bias.getKey()] += bias.getValue();
    }
  }
}
