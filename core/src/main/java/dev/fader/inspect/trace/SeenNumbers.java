package dev.fader.inspect.trace;

import dev.fader.model.Place;
import dev.fader.tensor.Tensor;
import java.util.Map;

/// What flowed at some places while a text was read, each (tokens, columns).
///
/// @param byPlace those that the model has, in their order
record SeenNumbers(Map<Place, Tensor> byPlace) {
  /// @throws IllegalStateException if nothing was seen there
  Tensor at(Place place) {
    var numbers = byPlace.get(place);
    if (numbers == null) {
      throw new IllegalStateException("nothing was seen at " + place);
    }
    return numbers;
  }

  boolean has(Place place) {
    return byPlace.containsKey(place);
  }
}
