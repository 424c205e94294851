package dev.fader.kernel.interleaved;

import static dev.fader.kernel.vector.Lanes.FLOATS;

import dev.fader.kernel.matrix.Matrix;
import java.util.Arrays;

/// Decodes interleaved weights into panels: the numbers of neighbouring lines side by side for each
/// step of the depth, which is how strips lie, so that nothing is transposed.
///
/// The numbers are those of [dev.fader.quantization.BlockFormat#decode], to the bit. One object
/// serves one worker.
public final class InterleavedPacking {
  private static final int LANES = FLOATS.length();

  /// Elements of a line that are decoded at a time: whole blocks of every format.
  private static final int RUN = StripDecoder.MOST_ELEMENTS;

  private final StripDecoder decoder = new StripDecoder();
  private final float[] groups = new float[RUN * LANES]; // of a run that cuts some

  /// Whether the columns of b are lines of a tensor that is kept interleaved, or parts of such
  /// lines, and begin where a vector of lines does.
  public static boolean canRead(Matrix b) {
    var tensor = b.tensor();
    if (!tensor.isInterleaved() || b.rowStride() != 1 || !Interleaving.isForPanels(tensor.type())) {
      return false;
    }
    long depth = tensor.shape().dimension(tensor.shape().rank() - 1);
    return b.columnStride() == depth
        && b.offset() / depth % LANES == 0
        && b.offset() % depth + b.rows() <= depth;
  }

  /// Sets a panel of `width` columns at `at` to `columns` columns of b from `column` on, over
  /// `steps` rows from `k` on. The columns of the panel that b does not have are whatever is
  /// finite.
  ///
  /// @param b that [#canRead]
  /// @param column a multiple of the lanes of a vector, as is `width`
  public void pack(
      Matrix b, int column, int columns, int k, int steps, float[] panel, int at, int width) {
    if (columns < width) {
      Arrays.fill(panel, at, at + steps * width, 0);
    }
    int first = Math.toIntExact(b.offset() % b.columnStride()) + k;
    long line = b.offset() / b.columnStride() + column;
    for (int i = 0; i < columns; i += LANES) {
      int done = 0;
      while (done < steps) {
        int start = first + done;
        int count = Math.min(steps - done, RUN - start % RUN);
        packRun(b, line + i, start, count, panel, at + done * width + i, width);
        done += count;
      }
    }
  }

  /// Up to [#RUN] elements from `start` on of the lines of a vector.
  private void packRun(
      Matrix b, long line, int start, int count, float[] panel, int at, int width) {
    var layout = InterleavedProduct.layout(b);
    int group = layout.group();
    int cut = start % group;
    int whole = Math.ceilDiv(cut + count, group);
    decoder.read(b.tensor(), layout, line, start - cut, whole);
    if (cut == 0 && whole * group == count) {
      decoder.decode(panel, at, width);
      return;
    }
    decoder.decode(groups, 0, LANES);
    for (int i = 0; i < count; i++) {
      System.arraycopy(groups, (cut + i) * LANES, panel, at + i * width, LANES);
    }
  }
}
