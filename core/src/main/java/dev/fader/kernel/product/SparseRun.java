package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.product.SparseProduct.Operands;
import dev.fader.kernel.quantized.BlockLines;
import java.util.Arrays;

/// One sparse product at a time, in memory that the next uses again.
final class SparseRun {
  /// Neurons of a piece of work of the gate.
  private static final int NEURONS = 64;

  /// Neurons that the rows of a batch go through one row after the other, so that what one row has
  /// read the next finds in the cache.
  private static final int SHARED = 256;

  /// Outputs of a piece of work: a long run of each neuron's, and sums that stay in the first-level
  /// cache.
  private static final int STRIP = 512;

  private final Workers workers;
  private final NeuronLoops loops;
  private final ActiveNeurons active = new ActiveNeurons();
  private final Scratch[] scratch; // by worker
  private final Workers.Task gating = this::gate;
  private final Workers.Task adding = this::add;
  private Operands operands;
  private Window up;
  private float[][] inputs = {}; // rows of x
  private int strip;

  /// The memory of a worker.
  private static final class Scratch {
    private final NeuronTerms terms;
    private final float[] decoded = new float[SparseProduct.PIECE + BlockLines.MARGIN];
    private final float[] sums = new float[SparseProduct.MOST_ROWS * STRIP];
    private final int[] cursors = new int[SparseProduct.MOST_ROWS];

    Scratch(NeuronMajor down) {
      terms = new NeuronTerms(down);
    }
  }

  SparseRun(Workers workers, NeuronLoops loops, Operands operands) {
    this.workers = workers;
    this.loops = loops;
    this.operands = operands;
    this.up = Window.ofRows(operands.hidden());
    this.scratch = new Scratch[workers.threads()];
    Arrays.setAll(scratch, worker -> new Scratch(operands.down()));
  }

  long multiply(Operands all, boolean skip) {
    operands = all;
    var hidden = all.hidden();
    int outputs = all.down().outputs();
    if (all.up().isPresent()) {
      up = Window.ofRows(all.up().get());
      readInputs();
      workers.forEach(Math.ceilDiv(hidden.columns(), NEURONS), gating);
    }
    active.find(hidden, skip);
    strip = Math.min(STRIP, Math.ceilDiv(Math.ceilDiv(outputs, workers.threads()), 64) * 64);
    workers.forEach(Math.ceilDiv(outputs, strip), adding);
    return active.total();
  }

  private void readInputs() {
    var x = operands.x();
    if (inputs.length < x.rows() || inputs[0].length != x.columns()) {
      inputs = new float[x.rows()][x.columns()];
    }
    for (int row = 0; row < x.rows(); row++) {
      x.read(row, inputs[row]);
    }
  }

  /// Multiplies the gate of some neurons with their `up`.
  private void gate(int chunk, int worker) {
    var hidden = operands.hidden();
    var memory = hidden.tensor().segment();
    int depth = operands.x().columns();
    int end = Math.min(hidden.columns(), (chunk + 1) * NEURONS);
    for (int neuron = chunk * NEURONS; neuron < end; neuron++) {
      for (int row = 0; row < hidden.rows(); row++) {
        long at = (hidden.offset() + row * hidden.rowStride() + neuron) * 4;
        float gate = memory.get(Floats.LAYOUT, at);
        if (gate != 0) {
          float dot = loops.dot(up, neuron, inputs[row], depth, scratch[worker].decoded);
          memory.set(Floats.LAYOUT, at, operands.doubleRelu() && dot <= 0 ? 0 : gate * dot);
        }
      }
    }
  }

  /// Adds up a strip of the outputs of all rows.
  private void add(int chunk, int worker) {
    var own = scratch[worker];
    var down = operands.down();
    int first = chunk * strip;
    int count = Math.min(strip, down.outputs() - first);
    int rows = operands.hidden().rows();
    Arrays.fill(own.sums, 0, rows * STRIP, 0);
    Arrays.fill(own.cursors, 0);
    own.terms.toOutputs(down, first, count);
    int step = down.scales().isPresent() ? NeuronMajor.BLOCK : SHARED;
    for (int neuron = 0; neuron < down.neurons(); neuron += step) {
      for (int row = 0; row < rows; row++) {
        int from = own.cursors[row];
        int to = active.seek(row, from, neuron + step);
        if (to > from) {
          own.terms.ofRow(active, row);
          loops.add(own.terms, from, to, own.sums, row * STRIP);
          own.cursors[row] = to;
        }
      }
    }
    for (int row = 0; row < rows; row++) {
      store(own.sums, row, first, count);
    }
  }

  private void store(float[] sums, int row, int first, int count) {
    var output = operands.output();
    var memory = output.tensor().segment();
    long start = (output.offset() + row * output.rowStride() + first) * 4;
    for (int i = 0; i < count; i++) {
      memory.set(Floats.LAYOUT, start + i * 4L, sums[row * STRIP + i] + 0f); // -0 becomes 0
    }
  }
}
