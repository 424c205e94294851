package dev.fader.model;

/// Where in the decoder numbers flow that can be looked at and changed: the same for all families,
/// in training, in passes over a cache and in recorded ones.
public enum Site {
  /// The residual stream before a layer, (rows, width): the embedding before layer 0. The layer
  /// behind the last one is what goes into the last norm.
  RESIDUAL,
  /// Rotated queries, keys and values, (rows, queries | keys | values). Keys that are cached stay
  /// as they were put there. Where latents are cached there are none: then nobody is asked.
  STATES,
  /// What the heads have gathered, one beside the other, (rows, heads * value size): the input of
  /// the output projection.
  HEADS,
  /// What attention adds to the residual stream, after its norm and its factor: (rows, width).
  ATTENTION,
  /// The residual stream between attention and feed-forward: (rows, width).
  BETWEEN,
  /// The activated neurons of the feed-forward network, (rows, neurons): the input of `down`. In a
  /// layer of experts, those of the shared ones; if it has none, nobody is asked.
  NEURONS,
  /// The router's scores of a layer of experts: (rows, experts).
  ROUTER,
  /// What the weights of the experts are multiplied with, (rows, experts): 1, whether an expert was
  /// chosen or not.
  EXPERTS,
  /// What feed-forward adds to the residual stream, after its norm and its factor: (rows, width).
  FEED_FORWARD,
  /// What goes into the head, in layer 0: (rows, width), or as many columns as a factorised
  /// embedding has.
  FINAL;

  /// This site of a layer.
  public Place in(int layer) {
    return new Place(this, layer);
  }
}
