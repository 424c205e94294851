package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A tensor and, where it is asked for, the gradient of the loss with respect to it.
///
/// A parameter lives as long as its owner likes and its gradient adds up until [#clearGradient()];
/// a result of an operation belongs to its [Tape], which takes the memory back once the operation
/// has been played backwards.
public final class Variable {
  private final Tensor value;
  private final boolean needsGradient;
  private final boolean parameter;
  private boolean unfitted; // a result that does not depend on the number of rows of a pass
  private @Nullable Buffer valueBuffer;
  private @Nullable Buffer gradient;
  private boolean filled;

  private Variable(Tensor value, boolean needsGradient, boolean parameter) {
    this.value = value;
    this.needsGradient = needsGradient;
    this.parameter = parameter;
  }

  /// A parameter that is learned: `gradient` has its shape and takes what backward passes add.
  public static Variable learned(Tensor value, Tensor gradient) {
    if (!value.shape().equals(gradient.shape())) {
      throw new IllegalArgumentException(
          "the gradient of %s has shape %s".formatted(value, gradient.shape()));
    }
    var variable = new Variable(value, true, true);
    variable.gradient = new Buffer(gradient);
    return variable;
  }

  /// A parameter that stays as it is.
  public static Variable fixed(Tensor value) {
    return new Variable(value, false, true);
  }

  /// A result of an operation.
  static Variable result(Buffer buffer, boolean needsGradient) {
    var variable = new Variable(buffer.tensor(), needsGradient, false);
    variable.valueBuffer = buffer;
    return variable;
  }

  /// A result that does not depend on the number of rows of a pass.
  static Variable unfittedResult(Buffer buffer, boolean needsGradient) {
    var variable = result(buffer, needsGradient);
    variable.unfitted = true;
    return variable;
  }

  boolean isUnfitted() {
    return unfitted;
  }

  private Buffer takeGradient(Workspace workspace) {
    return unfitted ? workspace.takeUnfitted(value.shape()) : workspace.take(value.shape());
  }

  /// The memory of this result, for another result to use as well.
  Buffer shareValue() {
    if (valueBuffer == null) {
      throw new IllegalStateException("a parameter is not written over: " + value);
    }
    return valueBuffer.share();
  }

  /// The numbers.
  public Tensor value() {
    return value;
  }

  /// Whether a backward pass computes its gradient.
  public boolean needsGradient() {
    return needsGradient;
  }

  /// The gradient that was added up since it was last cleared; empty if nothing was.
  public Optional<Tensor> gradient() {
    return filled && gradient != null ? Optional.of(gradient.tensor()) : Optional.empty();
  }

  /// Forgets the gradient of a parameter, without touching its memory: the next backward pass
  /// overwrites it.
  public void clearGradient() {
    filled = false;
  }

  /// The memory of a parameter's gradient for the caller to set: it counts as the gradient from now
  /// on.
  ///
  /// @throws IllegalStateException if this is not learned
  public Tensor gradientToSet() {
    if (!parameter || gradient == null) {
      throw new IllegalStateException("%s has no gradient to set".formatted(value));
    }
    filled = true;
    return gradient.tensor();
  }

  /// Whether something was added to the gradient, so that the next contribution must be added too.
  boolean hasGradient() {
    return filled;
  }

  /// The gradient to read, which an operation's backward pass may count on.
  Tensor gradientToRead() {
    if (!filled || gradient == null) {
      throw new IllegalStateException("no gradient has reached " + value);
    }
    return gradient.tensor();
  }

  /// The gradient to write: to be overwritten if [#hasGradient()] was false before the call, else
  /// to be added to.
  Tensor gradientToWrite(Workspace workspace) {
    var buffer = gradient;
    if (buffer == null) {
      buffer = takeGradient(workspace);
    } else if (filled && buffer.shared()) {
      var own = takeGradient(workspace);
      own.tensor().copyFrom(buffer.tensor());
      workspace.giveBack(buffer);
      buffer = own;
    }
    gradient = buffer;
    filled = true;
    return buffer.tensor();
  }

  /// The gradient to add to: zeros if nothing was added before.
  Tensor gradientToAddTo(Workspace workspace) {
    boolean fresh = !filled;
    var tensor = gradientToWrite(workspace);
    return fresh ? tensor.zero() : tensor;
  }

  /// Takes over the gradient of `other`, which has the same shape; to be called only while there is
  /// none here.
  void shareGradientOf(Variable other) {
    if (other.gradient == null || filled || parameter) {
      throw new IllegalStateException(
          "no gradient to share between " + value + " and " + other.value);
    }
    gradient = other.gradient.share();
    filled = true;
  }

  /// Adds the gradient of `other`, which has the same shape, if this needs one: takes it over where
  /// there is none yet.
  void passGradientOf(Variable other, Tape tape) {
    if (!needsGradient) {
      return;
    }
    if (!filled && !parameter) {
      shareGradientOf(other);
      return;
    }
    boolean fresh = !filled; // a parameter, whose gradient is of the last step
    var gradient = gradientToWrite(tape.workspace());
    if (!tape.counting()) {
      var into = Matrix.of(fresh ? gradient.zero() : gradient);
      tape.kernels().elementwise().add(into, Matrix.of(other.gradientToRead()), into);
    }
  }

  /// Gives the memory of a result back. Parameters keep theirs.
  void release(Workspace workspace) {
    if (parameter) {
      return;
    }
    if (valueBuffer != null) {
      workspace.giveBack(valueBuffer);
      valueBuffer = null;
    }
    if (gradient != null) {
      workspace.giveBack(gradient);
      gradient = null;
      filled = false;
    }
  }
}
