package dev.fader.model.intervention;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.Place;
import java.util.List;

/// Several interventions; where they meet, each gets what the one before it made.
@SuppressWarnings("exports") // of the tape, which only Fader's own modules see
public record Interventions(List<? extends Intervention> inOrder) implements Intervention {
  public Interventions {
    inOrder = List.copyOf(inOrder);
  }

  @Override
  public Variable at(Tape tape, Variable x, Place place) {
    var changed = x;
    for (var intervention : inOrder) {
      changed = intervention.at(tape, changed, place);
    }
    return changed;
  }
}
