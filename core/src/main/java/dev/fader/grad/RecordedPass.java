package dev.fader.grad;

import java.util.BitSet;
import java.util.List;

/// A forward pass that was recorded without being run, to be run any number of times: on the same
/// buffers, with other tokens in its [TokenBlock]. A run allocates nothing; recording it again for
/// every token would.
///
/// All passes of one tape share their memory, so a result is to be read before another one runs.
public final class RecordedPass {
  private final Tape tape;
  private final Operation[] operations;
  private final BitSet layerStarts;
  private final Variable result;
  private final int rows;

  RecordedPass(
      Tape tape, List<Operation> operations, BitSet layerStarts, Variable result, int rows) {
    this.tape = tape;
    this.operations = operations.toArray(Operation[]::new);
    this.layerStarts = layerStarts;
    this.result = result;
    this.rows = rows;
  }

  /// What the pass computes.
  public Variable result() {
    return result;
  }

  /// Runs it.
  ///
  /// @throws StoppedException if the tape was told to stop before one of the layers
  public void run() {
    tape.fit(rows);
    for (int i = 0; i < operations.length; i++) {
      if (layerStarts.get(i)) {
        tape.throwIfStopped();
      }
      tape.forward(operations[i]);
    }
  }
}
