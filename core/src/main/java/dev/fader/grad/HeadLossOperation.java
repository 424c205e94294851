package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.row.Predictions;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;

/// Logits and their cross-entropy, a chunk of rows at a time: with a large vocabulary the logits
/// are the largest activation of all, and they are never there at once. Each chunk's gradient is
/// written over its logits and used at once, so the backward pass of this operation happens in
/// `forward`, while the chunk is in the cache.
final class HeadLossOperation {
  /// Elements of logits per chunk: 64 MB. Larger chunks read the head's matrix less often.
  static final int CHUNK_ELEMENTS = 16 << 20;

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
    int chunk = Math.clamp(chunkElements / vocabulary, 1, rows);
    var buffer = tape.workspace().take(Shape.of(chunk, vocabulary));
    if (tape.counting()) {
      count(tape.workspace(), buffer.tensor().shape());
    } else {
      for (int start = 0; start < rows; start += chunk) {
        int count = Math.min(chunk, rows - start);
        chunk(tape, start, Matrix.of(buffer.tensor()).rows(0, count), losses.slice(start, count));
      }
    }
    tape.workspace().giveBack(buffer);
  }

  /// Takes and gives back what chunks of logits need besides.
  private void count(Workspace workspace, Shape logits) {
    if (loss.softCap() != 0) {
      workspace.giveBack(workspace.take(logits));
    }
    if (loss.gradientScale() != 0 && x.needsGradient()) {
      x.gradientToWrite(workspace);
    }
  }

  private void chunk(Tape tape, int start, Matrix logits, Tensor losses) {
    var kernels = tape.kernels();
    var input = Matrix.of(x.value()).rows(start, logits.rows());
    kernels.product().multiply(input, Matrix.of(head.value()).transposed(), logits);
    var targets = loss.targets().slice(start, logits.rows());
    var crossEntropy = new Predictions.Targets(targets, loss.gradientScale());
    if (loss.softCap() == 0) {
      kernels.predictions().crossEntropy(crossEntropy, logits, losses);
    } else {
      cappedCrossEntropy(tape, crossEntropy, logits, losses);
    }
    if (loss.gradientScale() != 0) {
      chunkBackward(tape, start, input, logits);
    }
  }

  /// The gradient goes through the cap, whose slope is a function of the capped logits: they are
  /// kept aside.
  private void cappedCrossEntropy(
      Tape tape, Predictions.Targets crossEntropy, Matrix logits, Tensor losses) {
    var kernels = tape.kernels();
    kernels.elementwise().softCap(logits, loss.softCap());
    var aside = tape.workspace().take(logits.tensor().shape());
    var capped = Matrix.of(aside.tensor()).rows(0, logits.rows());
    kernels.elementwise().copy(logits, capped);
    kernels.predictions().crossEntropy(crossEntropy, logits, losses);
    if (loss.gradientScale() != 0) {
      kernels.elementwise().softCapBackward(capped, loss.softCap(), logits);
    }
    tape.workspace().giveBack(aside);
  }

  private void chunkBackward(Tape tape, int start, Matrix input, Matrix dLogits) {
    var kernels = tape.kernels();
    if (x.needsGradient()) {
      var dx = Matrix.of(x.gradientToWrite(tape.workspace())).rows(start, dLogits.rows());
      kernels.product().multiply(dLogits, Matrix.of(head.value()), dx);
    }
    if (head.needsGradient()) {
      boolean add = head.hasGradient();
      var dHead = Matrix.of(head.gradientToWrite(tape.workspace()));
      kernels.product().multiply(dLogits.transposed(), input, dHead, add);
    }
  }
}
