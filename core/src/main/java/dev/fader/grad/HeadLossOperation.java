package dev.fader.grad;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.row.Predictions;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Logits and their cross-entropy, a chunk of rows at a time: with a large vocabulary the logits
/// are the largest activation of all, and they are never there at once. Each chunk's gradient is
/// written over its logits and used at once, so the backward pass of this operation happens in
/// `forward`, while the chunk is in the cache.
final class HeadLossOperation {
  /// Elements of logits per chunk: 64 MB. Larger chunks read the head's matrix less often.
  static final int CHUNK_ELEMENTS = 16 << 20;

  /// Rows with a target that are gathered at a time, whose copies stay small.
  private static final int SPARSE_ROWS = 256;

  private final Variable x; // (rows, width)
  private final Variable head; // (vocabulary, width)
  private final HeadLoss loss;
  private final int chunkElements;

  HeadLossOperation(Variable x, Variable head, HeadLoss loss, int chunkElements) {
    this.x = x;
    this.head = head;
    this.loss = loss;
    this.chunkElements = chunkElements;
  }

  /// The loss of each row into `losses` (rows); with a gradient scale, also the gradients of `x`
  /// and the head.
  void forward(Tape tape, Tensor losses) {
    int rows = x.value().shape().size(0);
    int vocabulary = head.value().shape().size(0);
    // Passes of few rows, of many numbers, have the buffers of those with the most.
    int most = loss.sparse() ? Math.min(SPARSE_ROWS, tape.workspace().mostRows()) : rows;
    int chunk = Math.clamp(chunkElements / vocabulary, 1, most);
    var buffer = tape.workspace().takeUnfitted(Shape.of(chunk, vocabulary));
    var logits = Matrix.of(buffer.tensor());
    if (tape.counting()) {
      count(tape.workspace(), buffer.tensor().shape());
    } else if (loss.sparse()) {
      sparse(tape, logits, losses);
    } else {
      for (int start = 0; start < rows; start += chunk) {
        int count = Math.min(chunk, rows - start);
        chunk(tape, start, logits.rows(0, count), losses.slice(start, count));
      }
    }
    tape.workspace().giveBack(buffer);
  }

  /// Takes and gives back what chunks of logits need besides.
  private void count(Workspace workspace, Shape logits) {
    var gathered =
        loss.sparse()
            ? Optional.of(new Gathered(workspace, logits.size(0)))
            : Optional.<Gathered>empty();
    if (loss.sparse() && loss.gradientScale() != 0 && x.needsGradient()) {
      x.gradientToWrite(workspace);
    }
    if (loss.softCap() != 0) {
      workspace.giveBack(workspace.takeUnfitted(logits));
    }
    if (loss.gradientScale() != 0 && x.needsGradient()) {
      x.gradientToWrite(workspace);
    }
    gathered.ifPresent(rows -> rows.giveBack(workspace));
  }

  /// Rows with a target, one behind the other.
  private final class Gathered {
    private final Buffer inputs; // (chunk, width)
    private final Buffer slopes; // (chunk, width)
    private final Buffer targets; // (chunk): INT32
    private final Buffer losses; // (chunk)
    private final Buffer scales; // (chunk)

    Gathered(Workspace workspace, int chunk) {
      var rows = Shape.of(chunk, x.value().shape().dimension(1));
      inputs = workspace.takeUnfitted(rows);
      slopes = workspace.takeUnfitted(rows);
      targets = workspace.takeUnfitted(Shape.of(chunk));
      losses = workspace.takeUnfitted(Shape.of(chunk));
      scales = workspace.takeUnfitted(Shape.of(chunk));
    }

    Tensor ids(int count) {
      var tensor = targets.tensor();
      return new Tensor(DType.INT32, tensor.shape(), tensor.segment()).slice(0, count);
    }

    void giveBack(Workspace workspace) {
      for (var buffer : List.of(scales, losses, targets, slopes, inputs)) {
        workspace.giveBack(buffer);
      }
    }
  }

  private void sparse(Tape tape, Matrix logits, Tensor losses) {
    var gathered = new Gathered(tape.workspace(), logits.rows());
    losses.zero();
    if (loss.gradientScale() != 0 && x.needsGradient()) {
      x.gradientToAddTo(tape.workspace());
    }
    var chosen = new int[logits.rows()];
    int count = 0;
    int rows = x.value().shape().size(0);
    for (int row = 0; row < rows; row++) {
      if (Floats.id(loss.targets(), row) >= 0) {
        chosen[count++] = row;
      }
      if (count == chosen.length || (row == rows - 1 && count > 0)) {
        gatheredChunk(tape, gathered, Arrays.copyOf(chosen, count), logits.rows(0, count));
        for (int i = 0; i < count; i++) {
          losses.set(chosen[i], gathered.losses.tensor().get(i));
        }
        count = 0;
      }
    }
    gathered.giveBack(tape.workspace());
  }

  private void gatheredChunk(Tape tape, Gathered gathered, int[] chosen, Matrix logits) {
    var elementwise = tape.kernels().elementwise();
    var all = Matrix.of(x.value());
    var inputs = Matrix.of(gathered.inputs.tensor()).rows(0, chosen.length);
    var ids = gathered.ids(chosen.length);
    var scales = gathered.scales.tensor().slice(0, chosen.length);
    for (int i = 0; i < chosen.length; i++) {
      elementwise.copy(all.rows(chosen[i], 1), inputs.rows(i, 1));
      ids.set(i, Floats.id(loss.targets(), chosen[i]));
      scales.set(i, loss.rowScales().isPresent() ? loss.rowScales().get().get(chosen[i]) : 1);
    }
    var part = new Part(inputs, ids, loss.rowScales().map(any -> scales));
    logits(tape, part, logits, gathered.losses.tensor().slice(0, chosen.length));
    if (loss.gradientScale() == 0) {
      return;
    }
    if (x.needsGradient()) {
      var slopes = Matrix.of(gathered.slopes.tensor()).rows(0, chosen.length);
      tape.kernels().product().multiply(logits, Matrix.of(head.value()), slopes);
      var dx = Matrix.of(x.gradientToWrite(tape.workspace()));
      for (int i = 0; i < chosen.length; i++) {
        elementwise.copy(slopes.rows(i, 1), dx.rows(chosen[i], 1));
      }
    }
    headBackward(tape, inputs, logits);
  }

  /// Some rows.
  ///
  /// @param inputs (count, width)
  /// @param targets INT32 (count)
  /// @param scales (count), if rows do not count alike
  private record Part(Matrix inputs, Tensor targets, Optional<Tensor> scales) {}

  private void chunk(Tape tape, int start, Matrix logits, Tensor losses) {
    var inputs = Matrix.of(x.value()).rows(start, logits.rows());
    var part =
        new Part(
            inputs,
            loss.targets().slice(start, logits.rows()),
            loss.rowScales().map(scales -> scales.slice(start, logits.rows())));
    logits(tape, part, logits, losses);
    if (loss.gradientScale() == 0) {
      return;
    }
    if (x.needsGradient()) {
      var dx = Matrix.of(x.gradientToWrite(tape.workspace())).rows(start, logits.rows());
      tape.kernels().product().multiply(logits, Matrix.of(head.value()), dx);
    }
    headBackward(tape, inputs, logits);
  }

  /// The logits of some rows, and over them their gradients if those are asked for.
  private void logits(Tape tape, Part part, Matrix logits, Tensor losses) {
    var kernels = tape.kernels();
    kernels.product().multiply(part.inputs, Matrix.of(head.value()).transposed(), logits);
    var crossEntropy = new Predictions.Targets(part.targets, loss.gradientScale());
    if (loss.softCap() == 0) {
      kernels.predictions().crossEntropy(crossEntropy, logits, losses);
    } else {
      cappedCrossEntropy(tape, crossEntropy, logits, losses);
    }
    if (loss.gradientScale() != 0 && part.scales.isPresent()) {
      kernels.elementwise().scaleRows(logits, part.scales.get());
    }
  }

  /// The gradient goes through the cap, whose slope is a function of the capped logits: they are
  /// kept aside.
  private void cappedCrossEntropy(
      Tape tape, Predictions.Targets crossEntropy, Matrix logits, Tensor losses) {
    var kernels = tape.kernels();
    kernels.elementwise().softCap(logits, loss.softCap());
    var aside = tape.workspace().takeUnfitted(logits.tensor().shape());
    var capped = Matrix.of(aside.tensor()).rows(0, logits.rows());
    kernels.elementwise().copy(logits, capped);
    kernels.predictions().crossEntropy(crossEntropy, logits, losses);
    if (loss.gradientScale() != 0) {
      kernels.elementwise().softCapBackward(capped, loss.softCap(), logits);
    }
    tape.workspace().giveBack(aside);
  }

  private void headBackward(Tape tape, Matrix inputs, Matrix dLogits) {
    if (head.needsGradient()) {
      boolean add = head.hasGradient();
      var dHead = Matrix.of(head.gradientToWrite(tape.workspace()));
      tape.kernels().product().multiply(dLogits.transposed(), inputs, dHead, add);
    }
  }
}
