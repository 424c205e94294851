package dev.fader.train;

import dev.fader.model.Parameters;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;

/// The weights of layers of which each rank keeps only what it owns: they are brought together in
/// the table, which has room for one layer, before the layer runs, forwards and backwards.
///
/// All ranks must go through the layers in the same order, also those that have nothing to run.
final class LayerWeights {
  private static final int NONE = -1;

  private final Parameters parameters;
  private final Shares shares;
  private final int layers;
  private final Tensor kept; // what this rank owns
  private int present = NONE; // the layer in the table

  LayerWeights(Parameters parameters, Shares shares, TensorArena arena) {
    this.parameters = parameters;
    this.shares = shares;
    this.layers = LayersInTurn.count(parameters.config());
    this.kept = arena.floats(shares.ownership().countInTurn(shares.rank()));
  }

  /// The weights of a stretch of a layer that this rank owns.
  Tensor kept(Stretch stretch) {
    var shape = shares.ownership().entry(stretch.entry()).shape();
    var numbers = kept.slice(stretch.place(), stretch.count());
    return stretch.count() == shape.elements() ? numbers.withShape(shape) : numbers;
  }

  private Tensor inTable(Stretch stretch) {
    return stretch.of(parameters.get(shares.ownership().entry(stretch.entry())).value());
  }

  /// Brings a layer together, unless it is there.
  void gather(int layer) {
    if (present != layer) {
      for (var bucket : shares.units().get(layer).buckets()) {
        shares.exchange().orElseThrow().gather(bucket, this::kept, this::inTable);
      }
      present = layer;
    }
  }

  /// Keeps what this rank owns of the layer in the table, which is that one.
  void keep(int layer) {
    for (var stretch : shares.units().get(layer).stretches()) {
      if (stretch.owner() == shares.rank()) {
        kept(stretch).copyFrom(inTable(stretch));
      }
    }
    present = layer;
  }

  /// What is in the table has changed where it is kept.
  void forget() {
    present = NONE;
  }

  /// After the backward pass of a layer: brings the one before it together.
  void gatherBefore(int layer) {
    if (layer + 1 < layers) {
      gather(layer + 1);
    }
  }

  /// Takes part in the forward pass of others.
  void passForwards() {
    for (int layer = layers - 1; layer >= 0; layer--) {
      gather(layer);
    }
  }
}
