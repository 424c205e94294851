package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// AdaLoRA: `y += scale * B (E * (A x))`, an approximate singular value decomposition whose ranks
/// are given to the projections that need them (Zhang et al. 2023, arXiv:2303.10512).
///
/// @param down A (rank, in)
/// @param values E (rank, 1)
/// @param up B (out, rank)
/// @param scale `alpha / rank` with the rank that all began with
/// @param dropout of what A reads while training
public record AdaptiveLowRankAdapter(
    Variable down, Variable values, Variable up, float scale, float dropout) implements Adapter {
  public static final String DOWN = "lora_A";
  public static final String VALUES = "lora_E";
  public static final String UP = "lora_B";

  @Override
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    parameters.put(DOWN, down);
    parameters.put(UP, up);
    parameters.put(VALUES, values);
    return parameters;
  }

  @Override
  public Variable output(Tape tape, Variable x, Outputs outputs) {
    if (isEmpty()) {
      return outputs.all();
    }
    var narrow = Products.linear(tape, tape.dropout(x, dropout), down); // (rows, rank)
    var weighed = tape.scale(tape.multiplyColumns(narrow, 0, values), scale);
    return tape.addLinear(outputs.all(), outputs.first(), weighed, up);
  }

  @Override
  public void merge(MergedProjection projection) {
    if (!isEmpty()) {
      projection.addProduct(up, projection.withFactorsOfRows(down, values), scale);
    }
  }

  /// Whether all ranks were given to others.
  private boolean isEmpty() {
    return down.value().shape().dimension(0) == 0;
  }

  @Override
  public AdaptiveLowRankAdapter scaled(float factor) {
    return new AdaptiveLowRankAdapter(down, values, up, scale * factor, dropout);
  }
}
