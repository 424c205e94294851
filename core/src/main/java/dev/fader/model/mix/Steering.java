package dev.fader.model.mix;

import java.util.List;

/// A vector that is added to the residual stream before some layers, in every position (activation
/// addition, Turner et al. 2023, arXiv:2308.10248).
///
/// @param layers before which; the number of layers is what goes into the last norm
/// @param vector (width)
/// @param strength what it is multiplied with
public record Steering(Selection layers, List<Float> vector, float strength) {
  /// @throws MixException if a number is not finite
  public Steering {
    vector = List.copyOf(vector);
    for (float number : vector) {
      if (!Float.isFinite(number)) {
        throw new MixException("the steering vector has a number that is not finite: " + number);
      }
    }
    if (!Float.isFinite(strength)) {
      throw new MixException(
          "the strength of a steering vector is %s: give a finite number".formatted(strength));
    }
  }
}
