package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// A matrix that is added to the weight: what a method that only learns its factors comes to.
///
/// @param matrix (out, in), fixed
record WeightDelta(Variable matrix) implements Adapter {
  @Override
  public SequencedMap<String, Variable> parameters() {
    return new LinkedHashMap<>();
  }

  @Override
  public Variable output(Tape tape, Variable x, Outputs outputs) {
    return tape.addLinear(outputs.all(), outputs.first(), x, matrix);
  }

  @Override
  public Optional<Variable> delta(Tape tape) {
    return Optional.of(matrix);
  }

  @Override
  public void merge(MergedProjection projection) {
    projection.addWeight(matrix);
  }

  @Override
  public Adapter scaled(float factor) {
    throw AdapterException.notScalable("a matrix that was computed already", factor);
  }
}
