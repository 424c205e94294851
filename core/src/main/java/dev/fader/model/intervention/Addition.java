package dev.fader.model.intervention;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.Place;

/// Adds one row to all rows of a place, as steering vectors do, times a strength.
///
/// @param row (columns); it may change from pass to pass
@SuppressWarnings("exports") // of the tape, which only Fader's own modules see
public record Addition(Place place, Variable row, float strength) implements Intervention {
  @Override
  public Variable at(Tape tape, Variable x, Place where) {
    return where.equals(place) ? tape.addRow(tape.copy(x), 0, row, strength) : x;
  }
}
