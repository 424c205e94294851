package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// A matrix that is added to the weight: what a method that only learns its factors comes to.
///
/// @param delta (out, in), fixed
record WeightDelta(Variable delta) implements Adapter {
  @Override
  public SequencedMap<String, Variable> parameters() {
    return new LinkedHashMap<>();
  }

  @Override
  public Variable output(Tape tape, Variable x, Outputs outputs) {
    return tape.addLinear(outputs.all(), outputs.first(), x, delta);
  }

  @Override
  public void merge(MergedProjection projection) {
    projection.addWeight(delta);
  }

  @Override
  public Adapter scaled(float factor) {
    throw AdapterException.notScalable("a matrix that was computed already", factor);
  }
}
