package dev.fader.model.intervention;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.Place;
import dev.fader.tensor.Tensor;
import java.util.function.Consumer;

/// Looks at the numbers of one place and leaves them as they are.
///
/// @param observer gets them in each pass; they are to be copied, since their memory is used again
@SuppressWarnings("exports") // of the tape, which only Fader's own modules see
public record Observation(Place place, Consumer<Tensor> observer) implements Intervention {
  @Override
  public Variable at(Tape tape, Variable x, Place where) {
    return where.equals(place) ? tape.observe(x, observer) : x;
  }
}
