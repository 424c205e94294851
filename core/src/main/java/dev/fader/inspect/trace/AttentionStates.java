package dev.fader.inspect.trace;

import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import dev.fader.model.Site;
import dev.fader.tensor.Tensor;
import java.util.List;

/// What the heads of a layer compare, of a text that was read once: queries and keys after their
/// rotation. Any head's map comes of them without the model, and without reading again.
public final class AttentionStates {
  private final ModelConfig.Attention attention;
  private final int layer;
  private final float[][] rows; // (tokens, queries | keys)
  private final double[] sinks; // of each head, minus infinity in models without

  private AttentionStates(
      ModelConfig.Attention attention, int layer, float[][] rows, double[] sinks) {
    this.attention = attention;
    this.layer = layer;
    this.rows = rows;
    this.sinks = sinks;
  }

  /// Reads a text, up to that layer.
  ///
  /// @throws IllegalArgumentException if there is no such layer, or the text is longer than
  ///   [AttentionMap#MOST_TOKENS]
  /// @throws dev.fader.generate.ContextFullException if it is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  public static AttentionStates of(TracedModel model, int[] ids, int layer) {
    model.requireLayer(layer);
    if (ids.length > AttentionMap.MOST_TOKENS) {
      throw new IllegalArgumentException(
          "an attention map of %d tokens: give at most %d"
              .formatted(ids.length, AttentionMap.MOST_TOKENS));
    }
    try (var pass = new TextPass(model, ids)) {
      var place = Site.STATES.in(layer);
      return of(model, pass.observe(List.of(place)).at(place), layer);
    }
  }

  /// @param states (tokens, queries | keys | values)
  static AttentionStates of(TracedModel model, Tensor states, int layer) {
    var attention = model.config().attention();
    int compared = (attention.heads() + attention.keyValueHeads()) * attention.stateSize();
    int columns = states.shape().size(1);
    var rows = new float[states.shape().size(0)][compared];
    for (int t = 0; t < rows.length; t++) {
      states.read((long) t * columns, rows[t], 0, compared);
    }
    return new AttentionStates(attention, layer, rows, sinks(model, layer));
  }

  private static double[] sinks(TracedModel model, int layer) {
    var attention = model.config().attention();
    var sinks = new double[attention.heads()];
    for (int head = 0; head < sinks.length; head++) {
      sinks[head] =
          attention.scores().sinks()
              ? model.decoder().parameters().weight(Role.SINKS, layer).value().get(head)
              : Double.NEGATIVE_INFINITY;
    }
    return sinks;
  }

  /// The bytes of heap that they take.
  public long bytes() {
    return (long) rows.length * rows[0].length * Float.BYTES;
  }

  /// How much each token attends to each of those before it, by one head.
  ///
  /// @throws IllegalArgumentException if there is no such head
  public AttentionMap map(int head) {
    TracedModel.requireHead(head, attention.heads());
    int group = attention.heads() / attention.keyValueHeads();
    int size = attention.stateSize();
    int queryColumn = head * size;
    int keyColumn = (attention.heads() + head / group) * size;
    var map = new AttentionMap(layer, head, new float[rows.length][], new float[rows.length]);
    for (int t = 0; t < rows.length; t++) {
      map.weights()[t] = new float[t + 1];
      map.sinks()[t] = weigh(queryColumn, keyColumn, sinks[head], map.weights()[t]);
    }
    return map;
  }

  /// Sets the weights of a query, the last of `weights`, and gives that of the sink.
  private float weigh(int queryColumn, int keyColumn, double sink, float[] weights) {
    int own = weights.length - 1;
    int window = attention.windows().get(layer);
    int first = window > 0 ? Math.max(0, own - window + 1) : 0;
    var scores = new double[weights.length];
    double largest = sink;
    for (int t = first; t <= own; t++) {
      scores[t] = score(rows[own], queryColumn, rows[t], keyColumn);
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

  private double score(float[] query, int queryColumn, float[] key, int keyColumn) {
    double product = 0;
    for (int i = 0; i < attention.stateSize(); i++) {
      product += (double) query[queryColumn + i] * key[keyColumn + i];
    }
    double score = attention.scale(layer) * product;
    double cap = attention.scores().softCap();
    return cap > 0 ? cap * Math.tanh(score / cap) : score;
  }
}
