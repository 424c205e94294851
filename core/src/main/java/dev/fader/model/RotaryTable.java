package dev.fader.model;

import dev.fader.tensor.Tensor;
import java.util.List;

/// Cosines and sines of rotary positions.
final class RotaryTable {
  /// Which of its factors LongRoPE uses.
  enum Reach {
    SHORT,
    LONG
  }

  private RotaryTable() {}

  /// The table for positions below `positions` and pairs of `size` columns: row p holds the cosines
  /// of position p, then the sines: (positions, size).
  static Tensor of(Positions.Waves waves, int size, Reach reach, Tensor table) {
    if (table.isCounted()) {
      return table;
    }
    int half = size / 2;
    var frequencies = frequencies(waves, half, reach);
    double magnitude = waves.scaling().magnitude();
    for (int position = 0; position < table.shape().size(0); position++) {
      long row = (long) position * 2 * half;
      for (int i = 0; i < half; i++) {
        double angle = position * frequencies[i];
        table.set(row + i, (float) (StrictMath.cos(angle) * magnitude));
        table.set(row + half + i, (float) (StrictMath.sin(angle) * magnitude));
      }
    }
    return table;
  }

  private static double[] frequencies(Positions.Waves waves, int half, Reach reach) {
    var frequencies = new double[half];
    for (int i = 0; i < half; i++) {
      double frequency = StrictMath.pow(waves.theta(), -(double) i / half);
      frequencies[i] =
          switch (waves.scaling()) {
            case RotaryScaling.None() -> frequency;
            case RotaryScaling.Linear(double factor) -> frequency / factor;
            case RotaryScaling.Llama3 llama3 -> llama3.stretch(frequency);
            case RotaryScaling.Yarn yarn -> yarn(frequency, i, new YarnRange(yarn, waves, half));
            case RotaryScaling.Longrope longrope -> frequency / factors(longrope, reach).get(i);
          };
    }
    return frequencies;
  }

  private static List<Double> factors(RotaryScaling.Longrope longrope, Reach reach) {
    return reach == Reach.LONG ? longrope.longFactors() : longrope.shortFactors();
  }

  /// The pairs between which YaRN blends.
  private record YarnRange(RotaryScaling.Yarn scaling, double low, double high) {
    YarnRange(RotaryScaling.Yarn scaling, Positions.Waves waves, int half) {
      this(
          scaling,
          Math.max(floor(scaling, pair(scaling.betaFast(), scaling, waves, half)), 0),
          Math.min(ceil(scaling, pair(scaling.betaSlow(), scaling, waves, half)), 2 * half - 1));
    }

    private static double floor(RotaryScaling.Yarn scaling, double pair) {
      return scaling.truncated() ? Math.floor(pair) : pair;
    }

    private static double ceil(RotaryScaling.Yarn scaling, double pair) {
      return scaling.truncated() ? Math.ceil(pair) : pair;
    }

    private static double pair(
        double turns, RotaryScaling.Yarn scaling, Positions.Waves waves, int half) {
      return half
          * StrictMath.log(scaling.originalContext() / (turns * 2 * Math.PI))
          / StrictMath.log(waves.theta());
    }
  }

  private static double yarn(double frequency, int pair, YarnRange range) {
    double width = range.high() == range.low() ? 0.001 : range.high() - range.low();
    double interpolated = Math.clamp((pair - range.low()) / width, 0, 1);
    return frequency / range.scaling().factor() * interpolated + frequency * (1 - interpolated);
  }
}
