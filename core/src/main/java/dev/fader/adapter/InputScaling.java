package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// (IA)³ of feed-forward networks: what the projection reads times a factor for each column (Liu et
/// al. 2022, arXiv:2205.05638).
///
/// @param factors (1, in)
public record InputScaling(Variable factors) implements Adapter {
  @Override
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    parameters.put(OutputScaling.FACTORS, factors);
    return parameters;
  }

  @Override
  public Variable input(Tape tape, Variable x) {
    return tape.multiplyColumns(x, 0, factors);
  }

  @Override
  public void merge(MergedProjection projection) {
    projection.multiplyInputs(factors);
  }

  @Override
  public InputScaling scaled(float factor) {
    if (factor != 1) {
      throw AdapterException.notScalable("IA3", factor);
    }
    return this;
  }
}
