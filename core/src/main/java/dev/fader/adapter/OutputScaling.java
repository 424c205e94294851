package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// (IA)³ of attention: what the projection gives, its bias included, times a factor for each output
/// (Liu et al. 2022, arXiv:2205.05638).
///
/// @param factors (out, 1)
public record OutputScaling(Variable factors) implements Adapter {
  public static final String FACTORS = "ia3_l";

  @Override
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    parameters.put(FACTORS, factors);
    return parameters;
  }

  @Override
  public Variable output(Tape tape, Variable x, Outputs outputs) {
    return tape.multiplyColumns(outputs.all(), outputs.first(), factors);
  }

  @Override
  public void merge(MergedProjection projection) {
    projection.multiplyOutputs(factors);
  }

  @Override
  public OutputScaling scaled(float factor) {
    if (factor != 1) {
      throw AdapterException.notScalable("IA3", factor);
    }
    return this;
  }
}
