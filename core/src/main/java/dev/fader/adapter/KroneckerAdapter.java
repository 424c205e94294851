package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// LoKr: the weight plus `scale * w1 ⊗ w2` (Yeh et al. 2024, arXiv:2309.14859), where either may be
/// a product of two.
public record KroneckerAdapter(Factor first, Factor second, float scale) implements ComputedDelta {
  /// A matrix, or the product of two.
  ///
  /// @param left (m, n) if it stands alone, else (m, rank)
  /// @param right (rank, n)
  public record Factor(Variable left, Optional<Variable> right) {
    private Variable whole(Tape tape) {
      return right.isPresent() ? tape.product(left, right.get(), 1) : left;
    }

    private void put(String name, SequencedMap<String, Variable> parameters) {
      parameters.put(right.isPresent() ? name + "_a" : name, left);
      right.ifPresent(factor -> parameters.put(name + "_b", factor));
    }
  }

  @Override
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    first.put("lokr_w1", parameters);
    second.put("lokr_w2", parameters);
    return parameters;
  }

  @Override
  public Variable compute(Tape tape) {
    return tape.kronecker(first.whole(tape), second.whole(tape), scale); // (out, in)
  }

  @Override
  public KroneckerAdapter scaled(float factor) {
    return new KroneckerAdapter(first, second, scale * factor);
  }
}
