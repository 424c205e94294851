package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// LoRA that begins as a part of the weight, `y += scale * (B A x - B0 A0 x)`: PiSSA (Meng et al.
/// 2024, arXiv:2404.02948), OLoRA (Büyükakyüz 2024, arXiv:2406.01775).
///
/// They take that part out of the weight instead; here the weight, which may be mapped and
/// quantised, stays as it is. The difference is computed as `(B - B0) A x + B0 (A x - A0 x)`, which
/// is zero to the bit where nothing has been learned yet.
///
/// @param learned A and B
/// @param firstDown A0 (rank, in)
/// @param takenUp `-B0` (out, rank)
public record LowRankDifference(LowRankAdapter learned, Tensor firstDown, Tensor takenUp)
    implements Adapter {
  @Override
  public SequencedMap<String, Variable> parameters() {
    return learned.parameters();
  }

  /// As in peft, dropout falls on what A reads, and A0 reads all.
  @Override
  public Variable output(Tape tape, Variable x, Outputs outputs) {
    float scale = learned.scale();
    var taken = Variable.fixed(takenUp);
    var narrow = Products.linear(tape, tape.dropout(x, learned.dropout()), learned.down());
    var first = Products.linear(tape, x, Variable.fixed(firstDown)); // (rows, rank)
    var moved = tape.add(narrow, tape.scale(first, -1));
    var up = tape.change(learned.up(), List.of(taken), List.of()); // (out, rank)
    var y = tape.addLinear(outputs.all(), outputs.first(), tape.scale(narrow, scale), up);
    return tape.addLinear(y, outputs.first(), tape.scale(moved, -scale), taken);
  }

  @Override
  public Optional<Variable> delta(Tape tape) {
    var taken = tape.product(Variable.fixed(takenUp), Variable.fixed(firstDown), learned.scale());
    var whole = tape.product(learned.up(), learned.down(), learned.scale());
    return Optional.of(tape.add(whole, taken));
  }

  @Override
  public void merge(MergedProjection projection) {
    projection.addWeight(tape -> delta(tape).orElseThrow());
  }

  @Override
  public LowRankDifference scaled(float factor) {
    return new LowRankDifference(learned.scaled(factor), firstDown, takenUp);
  }
}
