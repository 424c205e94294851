package dev.fader.model;

import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.Invocation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The adapters that some rows of a pass use and others do not, by their number: those that
/// sequences choose from, or those that are invoked.
///
/// @param choices how many of them sequences choose from: all or none
/// @param invocations what calls each, if it acts only from there on
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public record RowUse(int choices, List<Optional<Invocation>> invocations) {
  public RowUse {
    invocations = List.copyOf(invocations);
  }

  /// Of adapters that all sequences use.
  static RowUse of(List<ModelAdapter> adapters) {
    var invocations = new ArrayList<Optional<Invocation>>();
    for (var adapter : adapters) {
      if (adapter.invocation().isPresent()) {
        invocations.add(adapter.invocation());
      }
    }
    return new RowUse(0, invocations);
  }

  /// Of adapters that sequences choose from.
  static RowUse ofChoices(List<ModelAdapter> adapters) {
    return new RowUse(adapters.size(), adapters.stream().map(ModelAdapter::invocation).toList());
  }

  /// How many there are.
  public int count() {
    return invocations.size();
  }

  /// Whether one of them waits for its invocation.
  public boolean waits() {
    for (var invocation : invocations) {
      if (invocation.isPresent()) {
        return true;
      }
    }
    return false;
  }
}
