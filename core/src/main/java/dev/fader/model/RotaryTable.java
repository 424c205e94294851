package dev.fader.model;

import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;

/// Cosines and sines of rotary positions.
final class RotaryTable {
  private RotaryTable() {}

  /// The table of `config`: row p holds the cosines of position p, then the sines: (context,
  /// headSize).
  static Tensor of(ModelConfig config, Positions.Rotary rotary, TensorArena arena) {
    int half = config.attention().headSize() / 2;
    var table = arena.floats(config.context(), 2L * half);
    var frequencies = frequencies(rotary, half);
    double magnitude = magnitude(rotary.scaling());
    for (int position = 0; position < config.context(); position++) {
      long row = (long) position * 2 * half;
      for (int i = 0; i < half; i++) {
        double angle = position * frequencies[i];
        table.set(row + i, (float) (StrictMath.cos(angle) * magnitude));
        table.set(row + half + i, (float) (StrictMath.sin(angle) * magnitude));
      }
    }
    return table;
  }

  private static double[] frequencies(Positions.Rotary rotary, int half) {
    var frequencies = new double[half];
    for (int i = 0; i < half; i++) {
      double frequency = StrictMath.pow(rotary.theta(), -(double) i / half);
      frequencies[i] =
          switch (rotary.scaling()) {
            case RotaryScaling.None() -> frequency;
            case RotaryScaling.Linear(double factor) -> frequency / factor;
            case RotaryScaling.Llama3 llama3 -> llama3(frequency, llama3);
            case RotaryScaling.Yarn yarn -> yarn(frequency, i, new YarnRange(yarn, rotary, half));
          };
    }
    return frequencies;
  }

  /// Llama 3.1's rule, from the wavelength in tokens.
  private static double llama3(double frequency, RotaryScaling.Llama3 scaling) {
    double turns = scaling.originalContext() * frequency / (2 * Math.PI);
    if (turns < scaling.lowFrequency()) {
      return frequency / scaling.factor();
    }
    if (turns > scaling.highFrequency()) {
      return frequency;
    }
    double smooth =
        (turns - scaling.lowFrequency()) / (scaling.highFrequency() - scaling.lowFrequency());
    return (1 - smooth) * frequency / scaling.factor() + smooth * frequency;
  }

  /// The pairs between which YaRN blends.
  private record YarnRange(RotaryScaling.Yarn scaling, double low, double high) {
    YarnRange(RotaryScaling.Yarn scaling, Positions.Rotary rotary, int half) {
      this(
          scaling,
          Math.max(Math.floor(pair(scaling.fastTurns(), scaling, rotary, half)), 0),
          Math.min(Math.ceil(pair(scaling.slowTurns(), scaling, rotary, half)), 2 * half - 1));
    }

    private static double pair(
        double turns, RotaryScaling.Yarn scaling, Positions.Rotary rotary, int half) {
      return half
          * StrictMath.log(scaling.originalContext() / (turns * 2 * Math.PI))
          / StrictMath.log(rotary.theta());
    }
  }

  private static double yarn(double frequency, int pair, YarnRange range) {
    double width = Math.max(range.high() - range.low(), 0.001);
    double interpolated = Math.clamp((pair - range.low()) / width, 0, 1);
    return frequency / range.scaling().factor() * interpolated + frequency * (1 - interpolated);
  }

  private static double magnitude(RotaryScaling scaling) {
    if (!(scaling instanceof RotaryScaling.Yarn yarn)) {
      return 1;
    }
    if (yarn.attentionFactor() != 0) {
      return yarn.attentionFactor();
    }
    return yarn.factor() <= 1 ? 1 : 0.1 * StrictMath.log(yarn.factor()) + 1;
  }
}
