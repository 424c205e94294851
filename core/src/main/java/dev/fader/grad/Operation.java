package dev.fader.grad;

import java.util.List;

/// Something a tape has done and can play backwards.
interface Operation {
  /// Computes the results.
  void forward(Tape tape);

  /// Adds to the gradients of the inputs what the gradients of the results say.
  void backward(Tape tape);

  /// What others read.
  Variable result();

  /// All that has memory of this operation's own: the result, and what backward needs besides.
  default List<Variable> owned() {
    return List.of(result());
  }

  /// To whose gradients backward writes, in its order. Parameters are left out: their gradients
  /// have memory of their own.
  List<Variable> gradients();

  /// Takes what [#backward] takes. A tape that counts calls this in its place.
  default void countBackward(Tape tape) {
    for (var variable : gradients()) {
      if (variable.needsGradient()) {
        variable.gradientToWrite(tape.workspace());
      }
    }
  }

  /// Gives the memory back that only this operation used.
  default void release(Workspace workspace) {
    for (var result : owned()) {
      result.release(workspace);
    }
  }

  /// An operation on one variable in the memory of its value: the variable is its own result.
  interface InPlace extends Operation {
    Variable x();

    @Override
    default Variable result() {
      return x();
    }

    @Override
    default List<Variable> owned() {
      return List.of();
    }

    @Override
    default List<Variable> gradients() {
      return List.of(x());
    }
  }
}
