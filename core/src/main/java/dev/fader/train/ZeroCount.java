package dev.fader.train;

import dev.fader.grad.SparseNetwork;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.model.Intervention;
import dev.fader.model.ModelConfig;
import dev.fader.model.Place;
import dev.fader.model.Site;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// Counts the neurons that an activation leaves at exactly zero, in layers without experts.
final class ZeroCount implements Intervention {
  private final ModelConfig config;
  private final BatchLoss loss; // which knows what rows count
  private final long[] zeros; // by layer
  private final long[] neurons;
  private float[] row = {};

  private ZeroCount(ModelConfig config, BatchLoss loss) {
    this.config = config;
    this.loss = loss;
    this.zeros = new long[config.layers()];
    this.neurons = new long[config.layers()];
  }

  /// Of a model whose activation makes zeros.
  static Optional<ZeroCount> of(ModelConfig config, BatchLoss loss) {
    return SparseNetwork.makesZeros(config.feedForward().activation())
        ? Optional.of(new ZeroCount(config, loss))
        : Optional.empty();
  }

  /// Forgets what was counted.
  void begin() {
    Arrays.fill(zeros, 0);
    Arrays.fill(neurons, 0);
  }

  @Override
  public Variable at(Tape tape, Variable x, Place place) {
    int layer = place.layer();
    return place.site() == Site.NEURONS && config.feedForward().experts(layer).isEmpty()
        ? tape.observe(x, value -> count(layer, value, loss.counted()))
        : x;
  }

  private void count(int layer, Tensor value, BitSet rows) {
    var matrix = Matrix.of(value);
    int columns = matrix.columns();
    if (row.length != columns) {
      row = new float[columns];
    }
    for (int r = rows.nextSetBit(0); r >= 0; r = rows.nextSetBit(r + 1)) {
      matrix.read(r, row);
      zeros[layer] += zeros(row);
      neurons[layer] += columns;
    }
  }

  private static int zeros(float[] numbers) {
    int count = 0;
    for (float number : numbers) {
      count += number == 0 ? 1 : 0;
    }
    return count;
  }

  /// What was counted, by layer.
  List<ZeroShare> shares() {
    var shares = new ArrayList<ZeroShare>();
    for (int layer = 0; layer < zeros.length; layer++) {
      if (config.feedForward().experts(layer).isEmpty()) {
        shares.add(new ZeroShare(layer, zeros[layer], neurons[layer]));
      }
    }
    return shares;
  }
}
