package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// LoHa: the weight plus `scale * (w1a w1b) ∘ (w2a w2b)` (Hyeon-Woo et al. 2022, arXiv:2108.06098).
///
/// @param first w1a (out, rank), w1b (rank, in)
/// @param second w2a (out, rank), w2b (rank, in)
public record HadamardAdapter(Factors first, Factors second, float scale) implements ComputedDelta {
  /// Two matrices whose product has the shape of the weight.
  public record Factors(Variable left, Variable right) {}

  @Override
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    parameters.put("hada_w1_a", first.left);
    parameters.put("hada_w1_b", first.right);
    parameters.put("hada_w2_a", second.left);
    parameters.put("hada_w2_b", second.right);
    return parameters;
  }

  @Override
  public Variable compute(Tape tape) {
    var a = tape.product(first.left, first.right, 1);
    var b = tape.product(second.left, second.right, 1);
    return tape.elementProduct(a, b, scale); // (out, in)
  }

  @Override
  public HadamardAdapter scaled(float factor) {
    return new HadamardAdapter(first, second, scale * factor);
  }
}
