package dev.fader.model.mix;

import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.Parameters;
import dev.fader.model.intervention.Interventions;
import dev.fader.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// A mix of one model, ready to compute with. Where nothing is turned there is nothing, so that the
/// model computes what it always does, to the bit.
///
/// @param entries of the parameter table that have other numbers
/// @param flow what changes the numbers that flow
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public record AppliedMix(Optional<ModelAdapter> entries, Optional<Intervention> flow) {
  /// Applies `mix` to the model of a table; gains of adapters are [Mix#adapterGains].
  ///
  /// @param arena for copies of touched tensors, and for factors and vectors
  /// @throws MixException if it turns what the model does not have
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for the copies
  public static AppliedMix of(Mix mix, Parameters table, TensorArena arena) {
    var resolved = ResolvedMix.of(mix, table);
    var copies = new LinkedHashMap<String, Variable>();
    resolved
        .edits()
        .forEach((spec, edits) -> {
          var entry = new EditedEntry(table.get(spec).value(), arena);
          entry.edit(edits);
          copies.put(spec.name(), entry.copy());
        });
    var flow = resolved.gains(arena);
    flow.addAll(resolved.additions(arena));
    return of(copies, flow);
  }

  /// One of copies of entries, by name, and of what changes the numbers that flow, in order.
  public static AppliedMix of(
      SequencedMap<String, Variable> copies, List<? extends Intervention> flow) {
    return new AppliedMix(
        copies.isEmpty()
            ? Optional.empty()
            : Optional.of(ModelAdapter.of(new LinkedHashMap<>()).withReplaced(copies)),
        flow.isEmpty() ? Optional.empty() : Optional.of(new Interventions(flow)));
  }
}
