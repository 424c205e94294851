package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// LoRA: `y += scale * B (A x)` (Hu et al. 2021, arXiv:2106.09685).
///
/// @param down A (rank, in)
/// @param up B (out, rank)
/// @param bias (out), which `B` may have, times `scale` as well
/// @param scale `alpha / rank`, or `alpha / sqrt(rank)` (rsLoRA, arXiv:2312.03732)
/// @param dropout of what A reads while training
public record LowRankAdapter(
    Variable down, Variable up, Optional<Variable> bias, float scale, float dropout)
    implements Adapter {
  /// What an initial value of A, (rank, in), is called, and what B and the bias are.
  public static final String DOWN = "lora_A.weight";

  public static final String UP = "lora_B.weight";
  public static final String BIAS = "lora_B.bias";

  @Override
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    parameters.put(DOWN, down);
    parameters.put(UP, up);
    bias.ifPresent(variable -> parameters.put(BIAS, variable));
    return parameters;
  }

  @Override
  public Variable output(Tape tape, Variable x, Outputs outputs) {
    var added = add(tape, x, outputs);
    return bias.isPresent() ? tape.addRow(added, outputs.first(), bias.get(), scale) : added;
  }

  /// The narrow result is multiplied, which is the smallest.
  private Variable add(Tape tape, Variable x, Outputs outputs) {
    var narrow = Products.linear(tape, tape.dropout(x, dropout), down); // (rows, rank)
    return tape.addLinear(outputs.all(), outputs.first(), tape.scale(narrow, scale), up);
  }

  @Override
  public Optional<Variable> delta(Tape tape) {
    return bias.isPresent() ? Optional.empty() : Optional.of(tape.product(up, down, scale));
  }

  @Override
  public void merge(MergedProjection projection) {
    projection.addProduct(up, down, scale);
    bias.ifPresent(row -> projection.addBias(row, scale));
  }

  @Override
  public LowRankAdapter scaled(float factor) {
    return new LowRankAdapter(down, up, bias, scale * factor, dropout);
  }
}
