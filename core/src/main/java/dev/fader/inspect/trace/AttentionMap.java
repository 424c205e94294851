package dev.fader.inspect.trace;

import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import dev.fader.model.Site;
import dev.fader.tensor.Tensor;
import java.util.List;

/// How much each token of a text attends to each of those before it, by one head.
///
/// @param weights one row a token, with a weight for each token up to itself, 0 beyond a window
/// @param sinks what each token gives to the head's sink, in whose place nothing is read; 0 in
///   models without sinks
@SuppressWarnings("ArrayRecordComponent") // looked at, never compared
public record AttentionMap(int layer, int head, float[][] weights, float[] sinks) {
  /// The longest text: its map takes 134 MB.
  public static final int MOST_TOKENS = 8192;

  /// Reads a text.
  ///
  /// @throws IllegalArgumentException if there is no such layer or head, or the text is longer than
  ///   [#MOST_TOKENS]
  /// @throws dev.fader.generate.ContextFullException if it is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  public static AttentionMap of(TracedModel model, int[] ids, int layer, int head) {
    model.requireLayer(layer);
    model.requireHead(head);
    if (ids.length > MOST_TOKENS) {
      throw new IllegalArgumentException(
          "an attention map of %d tokens: give at most %d".formatted(ids.length, MOST_TOKENS));
    }
    try (var pass = new TextPass(model, ids)) {
      var place = Site.STATES.in(layer);
      return of(model, pass.observe(List.of(place)).at(place), layer, head);
    }
  }

  /// @param states (tokens, queries | keys | values)
  static AttentionMap of(TracedModel model, Tensor states, int layer, int head) {
    var attention = model.config().attention();
    int tokens = states.shape().size(0);
    int columns = states.shape().size(1);
    int size = attention.stateSize();
    int group = attention.heads() / attention.keyValueHeads();
    int keyColumn = (attention.heads() + head / group) * size;
    var keys = new float[tokens][size];
    for (int t = 0; t < tokens; t++) {
      states.read((long) t * columns + keyColumn, keys[t], 0, size);
    }
    double sink =
        attention.scores().sinks()
            ? model.decoder().parameters().weight(Role.SINKS, layer).value().get(head)
            : Double.NEGATIVE_INFINITY;
    var map = new AttentionMap(layer, head, new float[tokens][], new float[tokens]);
    var query = new float[size];
    for (int t = 0; t < tokens; t++) {
      states.read((long) t * columns + (long) head * size, query, 0, size);
      map.weights[t] = new float[t + 1];
      map.sinks[t] = weigh(attention, layer, query, keys, sink, map.weights[t]);
    }
    return map;
  }

  /// Sets the weights of a query, the last of `weights`, and gives that of the sink.
  private static float weigh(
      ModelConfig.Attention attention,
      int layer,
      float[] query,
      float[][] keys,
      double sink,
      float[] weights) {
    int own = weights.length - 1;
    int window = attention.windows().get(layer);
    int first = window > 0 ? Math.max(0, own - window + 1) : 0;
    var scores = new double[weights.length];
    double largest = sink;
    for (int t = first; t <= own; t++) {
      scores[t] = score(attention, layer, query, keys[t]);
      largest = Math.max(largest, scores[t]);
    }
    double sum = Math.exp(sink - largest);
    for (int t = first; t <= own; t++) {
      scores[t] = Math.exp(scores[t] - largest);
      sum += scores[t];
    }
    for (int t = first; t <= own; t++) {
      weights[t] = (float) (scores[t] / sum);
    }
    return (float) (Math.exp(sink - largest) / sum);
  }

  private static double score(
      ModelConfig.Attention attention, int layer, float[] query, float[] key) {
    double product = 0;
    for (int i = 0; i < query.length; i++) {
      product += (double) query[i] * key[i];
    }
    double score = attention.scale(layer) * product;
    double cap = attention.scores().softCap();
    return cap > 0 ? cap * Math.tanh(score / cap) : score;
  }
}
