package dev.fader.kernel.product;

/// Which neurons of a row are added to which outputs: what a worker sets before it calls
/// [NeuronLoops#add], so that nothing is allocated for it.
final class NeuronTerms {
  private NeuronMajor down;
  private int[] ids = {};
  private float[] values = {};
  private int first;
  private int count;

  NeuronTerms(NeuronMajor down) {
    this.down = down;
  }

  /// Some outputs of `matrix`.
  void toOutputs(NeuronMajor matrix, int firstOutput, int outputs) {
    down = matrix;
    first = firstOutput;
    count = outputs;
  }

  /// The active neurons of a row.
  void ofRow(ActiveNeurons active, int row) {
    ids = active.ids(row);
    values = active.values(row);
  }

  NeuronMajor down() {
    return down;
  }

  int[] ids() {
    return ids;
  }

  float[] values() {
    return values;
  }

  int first() {
    return first;
  }

  int count() {
    return count;
  }
}
