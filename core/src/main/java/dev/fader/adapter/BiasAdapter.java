package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// BEFT: a bias that is added to what a projection gives (arXiv:2509.15974).
///
/// @param bias (1, out)
/// @param scale 1 unless it is changed
public record BiasAdapter(Variable bias, float scale) implements Adapter {
  public static final String BIAS = "beft_bias";

  @Override
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    parameters.put(BIAS, bias);
    return parameters;
  }

  @Override
  public Variable output(Tape tape, Variable x, Outputs outputs) {
    return tape.addRow(outputs.all(), outputs.first(), bias, scale);
  }

  @Override
  public void merge(MergedProjection projection) {
    projection.addBias(bias, scale);
  }

  @Override
  public BiasAdapter scaled(float factor) {
    return new BiasAdapter(bias, scale * factor);
  }
}
