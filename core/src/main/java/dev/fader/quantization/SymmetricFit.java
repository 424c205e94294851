package dev.fader.quantization;

/// The scale with which levels -n to n - 1 come closest to the numbers of each sub-block: `x =
/// scale q`, where the scale has either sign, so that the level -n can serve the larger end.
///
/// The scale is searched around the one that maps the largest number to -n: for each the numbers
/// are rounded and the best scale for those levels follows by least squares. Larger numbers count
/// more, as in [AffineFit].
final class SymmetricFit {
  private static final int WIDTHS = 9;
  private static final float STEP = 0.1f;

  private final int ends;
  private final float[] weights;
  private final double[] weighted;
  private final float[] scales;
  private double mostExplained;

  /// The fits of `subBlocks` sub-blocks of a super-block of 256 numbers, where n is `ends`.
  SymmetricFit(float[] from, int start, int subBlocks, int ends) {
    this.ends = ends;
    int size = 256 / subBlocks;
    weights = new float[size];
    weighted = new double[size];
    scales = new float[subBlocks];
    for (int block = 0; block < subBlocks; block++) {
      fit(block, from, start + block * size);
    }
  }

  float scale(int subBlock) {
    return scales[subBlock];
  }

  /// The scale of largest magnitude, with its sign.
  float largestScale() {
    return Extremes.largest(scales, 0, scales.length);
  }

  /// The level of `x` that is nearest.
  static int level(float x, float scale, int ends) {
    return scale == 0 ? 0 : Math.clamp((int) Math.rint(x / scale), -ends, ends - 1);
  }

  private void fit(int block, float[] from, int start) {
    float largest = Extremes.largest(from, start, weights.length);
    if (Packed.inverse(largest) == 0) {
      return;
    }
    AffineFit.weigh(from, start, weights);
    for (int i = 0; i < weights.length; i++) {
      weighted[i] = (double) weights[i] * from[start + i];
    }
    mostExplained = 0;
    tryScale(-ends / largest, block, from, start);
    for (int i = -WIDTHS; i <= WIDTHS; i++) {
      tryScale(-(ends + i * STEP) / largest, block, from, start);
    }
    for (int i = 0; i < 2 && scales[block] != 0; i++) {
      tryScale(Packed.inverse(scales[block]), block, from, start);
    }
  }

  private void tryScale(float inverse, int block, float[] from, int start) {
    double qq = 0;
    double xq = 0;
    for (int i = 0; i < weights.length; i++) {
      double level = Math.rint((double) from[start + i] * inverse);
      if (level > ends - 1) {
        level = ends - 1;
      } else if (level < -ends) {
        level = -ends;
      }
      qq += weights[i] * level * level;
      xq += weighted[i] * level;
    }
    // What the levels leave of the sum of squares is the less, the more this is.
    double explained = qq > 0 ? xq * xq / qq : 0;
    if (explained > mostExplained * (1 + AffineFit.ROUNDING)) {
      mostExplained = explained;
      scales[block] = (float) (xq / qq);
    }
  }
}
