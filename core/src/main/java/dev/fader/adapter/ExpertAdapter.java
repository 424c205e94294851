package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// LoRA beside a parameter that holds the matrices of all experts of a layer, `(experts, out, in)`:
/// `y += scale * B_e (A_e x)`, as peft has it for `target_parameters`.
///
/// @param down A of all experts, one below the other: (experts * rank, in)
/// @param up B of all experts, whose columns take turns: (out, rank * experts)
/// @param experts how many
/// @param scale `alpha / rank`, or `alpha / sqrt(rank)`
/// @param arranged B one below the other, (experts * out, rank), if that was computed already
public record ExpertAdapter(
    Variable down, Variable up, int experts, float scale, Optional<Variable> arranged) {
  /// What is learned, by its name behind that of the module.
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    parameters.put(LowRankAdapter.DOWN, down);
    parameters.put(LowRankAdapter.UP, up);
    return parameters;
  }

  /// B one below the other.
  public Variable arranged(Tape tape) {
    return arranged.orElseGet(() -> tape.arrangeExperts(up, experts));
  }

  /// This adapter with its effect multiplied by `factor`.
  public ExpertAdapter scaled(float factor) {
    return new ExpertAdapter(down, up, experts, scale * factor, arranged);
  }

  /// This adapter for many passes over numbers that do not change.
  public ExpertAdapter prepared(Kernels kernels, TensorArena arena) {
    var computed = Computed.once(kernels, arena, tape -> tape.arrangeExperts(up, experts));
    return new ExpertAdapter(down, up, experts, scale, Optional.of(computed));
  }
}
