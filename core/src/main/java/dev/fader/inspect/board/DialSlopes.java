package dev.fader.inspect.board;

import dev.fader.generate.Prediction.Candidate;
import dev.fader.model.mix.Target;
import java.util.List;

/// How the most probable next tokens would change with the gain of each dial from where it is.
///
/// @param tokens the most probable, the first one first
/// @param dials of layers, branches, heads and experts, by layer
public record DialSlopes(List<Candidate> tokens, List<Dial> dials) {
  public DialSlopes {
    tokens = List.copyOf(tokens);
    dials = List.copyOf(dials);
  }

  /// One thing that can be turned.
  ///
  /// @param slopes by how much the logarithm of the probability of each token grows with the gain,
  ///   in their order. A muted dial is one at 0 that could be turned up; one that is silent since
  ///   others are soloed moves nothing
  public record Dial(Target target, List<Double> slopes) {
    public Dial {
      slopes = List.copyOf(slopes);
    }
  }
}
