package dev.fader.model;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;

/// Something that looks at the numbers of a forward pass, or changes them, where they flow.
@FunctionalInterface
@SuppressWarnings("exports") // of the tape, which only Fader's own modules see
public interface Intervention {
  /// What goes on from `place` in the stead of `x`: `x` itself, or the result of operations that
  /// leave `x` as it is, which may be read once more. The numbers are there only when the
  /// operations run: a recorded pass asks once and runs often.
  Variable at(Tape tape, Variable x, Place place);

  /// Whether it may change what is at such a site, so that there must be something to change.
  default boolean reaches(Site site) {
    return true;
  }
}
