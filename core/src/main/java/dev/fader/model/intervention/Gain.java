package dev.fader.model.intervention;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.Place;

/// Multiplies columns of one place with a factor each: those of a head, a neuron, a whole branch.
/// Factors that are learned get their gradient; others may change from pass to pass. A factor of 1
/// changes no bit.
///
/// @param column the first column
/// @param factors of the columns from there on
@SuppressWarnings("exports") // of the tape, which only Fader's own modules see
public record Gain(Place place, int column, Variable factors) implements Intervention {
  @Override
  public Variable at(Tape tape, Variable x, Place where) {
    return where.equals(place) ? tape.multiplyColumns(x, column, factors) : x;
  }
}
