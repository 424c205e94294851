package dev.fader.adapter;

import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.List;
import java.util.Optional;

/// Products with the matrices of adapters.
final class Products {
  private Products() {}

  /// `x` (rows, in) times `weight` (out, in), transposed: (rows, out).
  static Variable linear(Tape tape, Variable x, Variable weight) {
    return tape.linear(x, List.of(new Projection(weight, Optional.empty(), false)));
  }
}
