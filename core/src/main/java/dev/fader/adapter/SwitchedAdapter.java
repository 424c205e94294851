package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// LoRA that each row of a pass uses as strongly as the tape says, for inference: `y += scale *
/// strength * B (A x)`.
///
/// @param number of the adapter among those that rows choose from
/// @param down A (rank, in)
/// @param values E (rank, 1) of AdaLoRA
/// @param up B (out, rank)
record SwitchedAdapter(
    int number, Variable down, Optional<Variable> values, Variable up, float scale)
    implements Adapter {
  /// @throws AdapterException if rows cannot choose it
  static SwitchedAdapter of(Adapter adapter, int number) {
    return switch (adapter) {
      case LowRankAdapter(var down, var up, var bias, float scale, _) when bias.isEmpty() ->
          new SwitchedAdapter(number, down, Optional.empty(), up, scale);
      case InvokedAdapter(LowRankAdapter lora, _, _) -> of(lora, number);
      case AdaptiveLowRankAdapter(var down, var values, var up, float scale, _) ->
          new SwitchedAdapter(number, down, Optional.of(values), up, scale);
      default -> throw refusal("something else than a product of low rank");
    };
  }

  static AdapterException refusal(String what) {
    return new AdapterException(
        "the adapter has %s, which sequences of one batch cannot choose: only LoRA without a bias, and AdaLoRA, can; use it for all of them"
            .formatted(what));
  }

  @Override
  public SequencedMap<String, Variable> parameters() {
    return new LinkedHashMap<>();
  }

  /// Rows of strength 0 get zeros added, which leaves them as they are.
  @Override
  public Variable output(Tape tape, Variable x, Outputs outputs) {
    if (down.value().shape().dimension(0) == 0) {
      return outputs.all();
    }
    var narrow = Products.linear(tape, x, down); // (rows, rank)
    var weighed = values.isPresent() ? tape.multiplyColumns(narrow, 0, values.get()) : narrow;
    var used = tape.scaleRows(weighed, number, scale);
    return tape.addLinear(outputs.all(), outputs.first(), used, up);
  }

  @Override
  public void merge(MergedProjection projection) {
    throw refusal("rows that choose it");
  }

  @Override
  public SwitchedAdapter scaled(float factor) {
    return new SwitchedAdapter(number, down, values, up, scale * factor);
  }
}
