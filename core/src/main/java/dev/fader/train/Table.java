package dev.fader.train;

import dev.fader.grad.Variable;
import dev.fader.model.Parameters;
import dev.fader.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// What learns, and who owns it.
///
/// @param layers whose weights ranks keep only their shares of, if they do
record Table(Parameters parameters, Shares shares, Optional<LayerWeights> layers) {
  /// Of one process.
  static Table alone(Parameters parameters) {
    var shares = Shares.alone(Ownership.whole(parameters.learned()));
    return new Table(parameters, shares, Optional.empty());
  }

  /// The entries that learn.
  List<Variable> variables() {
    return parameters.learned().stream().map(parameters::get).toList();
  }

  /// The weights of a stretch, which this rank updates.
  Tensor weight(Stretch stretch) {
    var spec = shares.ownership().entry(stretch.entry());
    return layers.isPresent() && Parameters.isInTurn(spec)
        ? layers.get().kept(stretch)
        : stretch.of(parameters.get(spec).value());
  }

  /// After an update: gives all ranks the weights that they do not have, where they keep all.
  void gather() {
    if (shares.shares(Sharding.OPTIMIZER)) {
      var units = shares.units();
      for (var unit : layers.isPresent() ? List.of(units.getLast()) : units) {
        for (var bucket : unit.buckets()) {
          shares.exchange().orElseThrow().gather(bucket, this::weight);
        }
      }
      layers.ifPresent(LayerWeights::forget);
    }
  }
}
