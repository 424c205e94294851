package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;

/// The neurons of each row that are not zero, in rising order. Its memory is used again.
final class ActiveNeurons {
  private int rows;
  private int[][] ids = {};
  private float[][] values = {};
  private int[] counts = {};

  /// Takes those of `hidden` (rows, neurons), or all of them if none are to be skipped.
  void find(Matrix hidden, boolean skip) {
    rows = hidden.rows();
    grow(rows, hidden.columns());
    var memory = hidden.tensor().segment();
    for (int row = 0; row < rows; row++) {
      long start = (hidden.offset() + row * hidden.rowStride()) * 4;
      int[] known = ids[row];
      float[] numbers = values[row];
      int count = 0;
      for (int neuron = 0; neuron < hidden.columns(); neuron++) {
        float value = memory.get(Floats.LAYOUT, start + neuron * 4L);
        known[count] = neuron;
        numbers[count] = value;
        count += value != 0 || !skip ? 1 : 0;
      }
      counts[row] = count;
    }
  }

  private void grow(int most, int neurons) {
    if (ids.length < most || ids[0].length <= neurons) {
      ids = new int[most][neurons + 1];
      values = new float[most][neurons + 1];
      counts = new int[most];
    }
  }

  int[] ids(int row) {
    return ids[row];
  }

  float[] values(int row) {
    return values[row];
  }

  /// The first of a row's, from `start` on, that is `neuron` or beyond.
  int seek(int row, int start, int neuron) {
    int at = start;
    while (at < counts[row] && ids[row][at] < neuron) {
      at++;
    }
    return at;
  }

  /// All rows' together.
  long total() {
    long total = 0;
    for (int row = 0; row < rows; row++) {
      total += counts[row];
    }
    return total;
  }
}
