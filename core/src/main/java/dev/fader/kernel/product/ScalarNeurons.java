package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.quantized.BlockLines;
import java.lang.foreign.ValueLayout;

/// The reference of [SparseProduct].
record ScalarNeurons() implements NeuronLoops {
  @Override
  public void add(NeuronTerms terms, int from, int to, float[] sums, int at) {
    for (int i = 0; i < terms.count(); i++) {
      sums[at + i] = sum(terms, from, to, terms.first() + i, sums[at + i]);
    }
  }

  /// What vectors leave over of a strip, too.
  static float sum(NeuronTerms terms, int from, int to, int output, float before) {
    var down = terms.down();
    if (down.scales().isEmpty()) {
      float sum = before;
      for (int i = from; i < to; i++) {
        long at = (long) terms.ids()[i] * down.outputs() + output;
        sum = Math.fma(terms.values()[i], down.weights().get(at), sum);
      }
      return sum;
    }
    var levels = down.weights().segment();
    float sum = 0;
    for (int i = from; i < to; i++) {
      long at = (long) terms.ids()[i] * down.outputs() + output;
      sum = Math.fma(terms.values()[i], levels.get(ValueLayout.JAVA_BYTE, at), sum);
    }
    long block = terms.ids()[from] / NeuronMajor.BLOCK;
    float scale = down.scales().get().get(block * down.outputs() + output);
    return Math.fma(scale, sum, before);
  }

  @Override
  public float dot(Window up, int line, float[] x, int depth, float[] decoded) {
    var format = up.type().isQuantized();
    float sum = 0;
    if (!format) {
      for (int k = 0; k < depth; k++) {
        sum = Math.fma(number(up, up.at(line, k)), x[k], sum);
      }
      return sum;
    }
    for (int k = 0; k < depth; k += SparseProduct.PIECE) {
      int count = Math.min(SparseProduct.PIECE, depth - k);
      int at = BlockLines.read(up, line, k, count, decoded, 0);
      for (int i = 0; i < count; i++) {
        sum = Math.fma(decoded[at + i], x[k + i], sum);
      }
    }
    return sum;
  }

  private static float number(Window from, long at) {
    return switch (from.type()) {
      case FLOAT32 -> from.memory().get(Floats.LAYOUT, at * 4);
      case BFLOAT16 -> Float.intBitsToFloat(from.memory().get(Floats.SHORT, at * 2) << 16);
      case FLOAT16 -> Float.float16ToFloat(from.memory().get(Floats.SHORT, at * 2));
      default -> throw new IllegalStateException("no product of " + from.type());
    };
  }
}
