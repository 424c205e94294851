package dev.fader.model;

import dev.fader.tensor.Tensor;
import java.util.List;

/// Cosines and sines of rotary positions.
final class RotaryTable {
  /// The two lists of factors of LongRoPE.
  enum TextLength {
    SHORT,
    LONG
  }

  private RotaryTable() {}

  /// The table for positions below `positions` and pairs of `size` columns: row p holds the cosines
  /// of position p, then the sines: (positions, size).
  static Tensor of(Positions.RopeParameters rope, int size, TextLength textLength, Tensor table) {
    if (table.isCounted()) {
      return table;
    }
    int half = size / 2;
    var frequencies = frequencies(rope, half, textLength);
    double magnitude = rope.scaling().magnitude();
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

  private static double[] frequencies(
      Positions.RopeParameters rope, int half, TextLength textLength) {
    var frequencies = new double[half];
    for (int i = 0; i < half; i++) {
      double frequency = StrictMath.pow(rope.theta(), -(double) i / half);
      frequencies[i] =
          switch (rope.scaling()) {
            case RotaryScaling.None() -> frequency;
            case RotaryScaling.Linear(double factor) -> frequency / factor;
            case RotaryScaling.Llama3 llama3 -> llama3.stretch(frequency);
            case RotaryScaling.Yarn yarn -> yarn(frequency, i, new YarnRange(yarn, rope, half));
            case RotaryScaling.Longrope longrope ->
                frequency / factors(longrope, textLength).get(i);
          };
    }
    return frequencies;
  }

  private static List<Double> factors(RotaryScaling.Longrope longrope, TextLength textLength) {
    return textLength == TextLength.LONG ? longrope.longFactors() : longrope.shortFactors();
  }

  /// The range of pairs that YaRN interpolates.
  private record YarnRange(RotaryScaling.Yarn scaling, double low, double high) {
    YarnRange(RotaryScaling.Yarn scaling, Positions.RopeParameters rope, int half) {
      this(
          scaling,
          Math.max(floor(scaling, pair(scaling.betaFast(), scaling, rope, half)), 0),
          Math.min(ceil(scaling, pair(scaling.betaSlow(), scaling, rope, half)), 2 * half - 1));
    }

    private static double floor(RotaryScaling.Yarn scaling, double pair) {
      return scaling.truncated() ? Math.floor(pair) : pair;
    }

    private static double ceil(RotaryScaling.Yarn scaling, double pair) {
      return scaling.truncated() ? Math.ceil(pair) : pair;
    }

    private static double pair(
        double rotations, RotaryScaling.Yarn scaling, Positions.RopeParameters rope, int half) {
      return half
          * StrictMath.log(scaling.originalContext() / (rotations * 2 * Math.PI))
          / StrictMath.log(rope.theta());
    }
  }

  private static double yarn(double frequency, int pair, YarnRange range) {
    double width = range.high() == range.low() ? 0.001 : range.high() - range.low();
    double interpolated = Math.clamp((pair - range.low()) / width, 0, 1);
    return frequency / range.scaling().factor() * interpolated + frequency * (1 - interpolated);
  }
}
