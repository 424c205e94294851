package dev.fader.inspect.trace;

import dev.fader.grad.ExpertChoice;
import dev.fader.grad.Variable;
import dev.fader.model.Place;
import dev.fader.model.Role;
import dev.fader.model.Site;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Which experts the tokens of a text go to.
///
/// @param layers those that have experts
public record ExpertChoices(List<Layer> layers) {
  /// The choices of one layer.
  ///
  /// @param count how many experts it has
  /// @param experts (tokens, experts per token), the first choice first
  /// @param weights what their results are multiplied with
  @SuppressWarnings("ArrayRecordComponent") // looked at, never compared
  public record Layer(int layer, int count, int[][] experts, float[][] weights) {
    /// How many tokens each expert got.
    public int[] tokens() {
      var tokens = new int[count];
      for (var chosen : experts) {
        for (int expert : chosen) {
          tokens[expert]++;
        }
      }
      return tokens;
    }
  }

  /// Reads a text.
  ///
  /// @throws IllegalArgumentException if the model has no experts, or a token is out of range
  /// @throws dev.fader.generate.ContextFullException if the text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  public static ExpertChoices of(TracedModel model, int[] ids) {
    var feedForward = model.config().feedForward();
    if (feedForward.experts().isEmpty()) {
      throw new IllegalArgumentException(
          "the model has no experts: each token goes through all of it");
    }
    var places = new ArrayList<Place>();
    for (int layer = 0; layer < model.config().layers(); layer++) {
      if (feedForward.experts(layer).isPresent()) {
        places.add(Site.ROUTER.in(layer));
      }
    }
    try (var pass = new TextPass(model, ids)) {
      var layers = new ArrayList<Layer>();
      pass.observe(places)
          .byPlace()
          .forEach((place, scores) -> layers.add(layer(model, place, scores)));
      return new ExpertChoices(List.copyOf(layers));
    }
  }

  private static Layer layer(TracedModel model, Place place, Tensor scores) {
    var experts = model.config().feedForward().experts(place.layer()).orElseThrow();
    var parameters = model.decoder().parameters();
    Optional<Tensor> correction =
        experts.corrected()
            ? Optional.of(parameters.weight(Role.ROUTER_CORRECTION, place.layer()))
                .map(Variable::value)
            : Optional.empty();
    var choice = ExpertChoice.of(experts.routing(), scores, correction);
    return new Layer(place.layer(), experts.count(), choice.experts(), choice.weights());
  }
}
