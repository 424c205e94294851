package dev.fader.inspect.trace;

import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.ModelConfig;
import dev.fader.model.Place;
import dev.fader.model.Site;
import dev.fader.model.intervention.Gain;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How much a prediction would change with the gain of each part of the model, and with each token,
/// by one backward pass: which faders matter for this text.
///
/// @param value of what was asked for
/// @param dials what can be turned, by layer
/// @param neurons the slope of each neuron's gain, by layer; none in layers without
/// @param tokens what is written where
public record Sensitivity(
    double value, List<Dial> dials, List<float[]> neurons, List<Token> tokens) {
  /// What a dial turns.
  public enum Kind {
    /// Both branches of a layer.
    LAYER,
    /// What attention adds.
    ATTENTION,
    /// What feed-forward adds.
    FEED_FORWARD,
    /// What one head has gathered.
    HEAD,
    /// The queries of a layer: how sharply it attends. Keys turn the same.
    QUERIES,
    /// The values of a layer.
    VALUES,
    /// One expert, where it was chosen.
    EXPERT
  }

  /// A gain, which is 1.
  ///
  /// @param index of the head or the expert, 0 for what there is once
  /// @param slope by how much what was asked for grows with the gain
  public record Dial(Kind kind, int layer, int index, double slope) {}

  /// A token's embedding.
  ///
  /// @param slope by how much what was asked for grows with the length of the embedding: gradient
  ///   times input
  /// @param norm of the gradient
  public record Token(int position, int id, double slope, double norm) {}

  /// Reads a text, and goes back from the prediction after one position.
  ///
  /// @throws IllegalArgumentException if a token or the position is out of range
  /// @throws dev.fader.generate.ContextFullException if the text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  public static Sensitivity of(TracedModel model, int[] ids, int position, TokenMeasure asked) {
    model.requireText(ids);
    TracedModel.requirePosition(position, ids.length);
    asked.require(model);
    try (var arena = model.memory().open("trace")) {
      return new Backward(model, ids, arena).from(position, asked);
    }
  }

  private static final class Backward implements Intervention {
    private final TracedModel model;
    private final ModelConfig config;
    private final int[] ids;
    private final TensorArena arena;
    private final Map<Place, Variable> gains = new LinkedHashMap<>(); // (columns) each
    private final Variable zeros; // (tokens, width): its gradient is that of the embeddings
    private final Tensor embeddings; // (tokens, width)

    Backward(TracedModel model, int[] ids, TensorArena arena) {
      this.model = model;
      this.config = model.config();
      this.ids = ids;
      this.arena = arena;
      this.embeddings = arena.floats(ids.length, config.width());
      this.zeros =
          Variable.learned(
              arena.floats(ids.length, config.width()), arena.floats(ids.length, config.width()));
    }

    @Override
    public Variable at(Tape tape, Variable x, Place place) {
      return switch (place.site()) {
        case RESIDUAL ->
            place.layer() > 0
                ? x
                : tape.add(zeros, tape.copy(tape.observe(x, embeddings::copyFrom)));
        case STATES, HEADS, ATTENTION, NEURONS, FEED_FORWARD, EXPERTS ->
            new Gain(place, 0, gain(place, x.value().shape().size(1))).at(tape, x, place);
        case BETWEEN, ROUTER, FINAL -> x;
      };
    }

    /// Layers are run again on the way back, with the same gains.
    private Variable gain(Place place, int columns) {
      return gains.computeIfAbsent(
          place,
          any -> {
            var ones = arena.floats(columns);
            for (int i = 0; i < columns; i++) {
              ones.set(i, 1);
            }
            return Variable.learned(ones, arena.floats(columns));
          });
    }

    Sensitivity from(int position, TokenMeasure asked) {
      var tape = new Tape(model.kernels(), arena, Tape.Mode.TRAIN_RECOMPUTING);
      tape.stopWhen(model.stop());
      var text = arena.allocate(DType.INT32, Shape.of(ids.length));
      for (int i = 0; i < ids.length; i++) {
        text.set(i, ids[i]);
      }
      var decoder = model.decoder().intervened(this);
      var x = decoder.forward(tape, TokenBlock.ofSequences(text, 1, ids.length));
      var head = decoder.head(tape);
      double value = begin(tape, tape.copy(x), head, target(position, asked.token(), -1));
      if (asked.against().isPresent()) {
        int other = asked.against().getAsInt();
        value -= begin(tape, tape.copy(x), head, target(position, other, 1));
      }
      tape.backward();
      return new Sensitivity(value, dials(), neurons(), tokens());
    }

    /// @param scale of the gradient of the loss: -1 makes the probability grow
    private HeadLoss target(int position, int token, float scale) {
      var targets = arena.allocate(DType.INT32, Shape.of(ids.length));
      for (int i = 0; i < ids.length; i++) {
        targets.set(i, i == position ? token : -1);
      }
      float cap = config.embedding().logitSoftCap();
      return new HeadLoss(targets, scale, cap, Optional.empty(), true);
    }

    /// Starts the backward pass, and gives the logarithm of the target's probability.
    private double begin(Tape tape, Variable x, Variable head, HeadLoss loss) {
      var losses = arena.floats(ids.length);
      tape.headLoss(x, head, loss, losses);
      double sum = 0;
      for (float some : losses.toArray()) {
        sum -= some;
      }
      return sum;
    }

    private float[] slopes(Place place) {
      var gain = gains.get(place);
      return gain == null ? new float[0] : gain.gradient().orElseThrow().toArray();
    }

    private List<Dial> dials() {
      var dials = new ArrayList<Dial>();
      for (int layer = 0; layer < config.layers(); layer++) {
        double attention = sum(slopes(Site.ATTENTION.in(layer)));
        double feedForward = sum(slopes(Site.FEED_FORWARD.in(layer)));
        dials.add(new Dial(Kind.LAYER, layer, 0, attention + feedForward));
        dials.add(new Dial(Kind.ATTENTION, layer, 0, attention));
        dials.add(new Dial(Kind.FEED_FORWARD, layer, 0, feedForward));
        addHeads(dials, layer);
        var states = slopes(Site.STATES.in(layer));
        int values = states.length - config.attention().keyValueHeads() * stateSize();
        int queries = config.attention().heads() * stateSize();
        dials.add(new Dial(Kind.QUERIES, layer, 0, sum(states, 0, queries)));
        dials.add(new Dial(Kind.VALUES, layer, 0, sum(states, values, states.length)));
        var experts = slopes(Site.EXPERTS.in(layer));
        for (int expert = 0; expert < experts.length; expert++) {
          dials.add(new Dial(Kind.EXPERT, layer, expert, experts[expert]));
        }
      }
      return List.copyOf(dials);
    }

    private int stateSize() {
      return config.attention().stateSize();
    }

    private void addHeads(List<Dial> dials, int layer) {
      var columns = slopes(Site.HEADS.in(layer));
      int heads = config.attention().heads();
      int size = columns.length / heads;
      for (int head = 0; head < heads; head++) {
        double slope = sum(columns, head * size, (head + 1) * size);
        dials.add(new Dial(Kind.HEAD, layer, head, slope));
      }
    }

    private List<float[]> neurons() {
      var neurons = new ArrayList<float[]>();
      for (int layer = 0; layer < config.layers(); layer++) {
        neurons.add(slopes(Site.NEURONS.in(layer)));
      }
      return List.copyOf(neurons);
    }

    private List<Token> tokens() {
      var gradient = zeros.gradient().orElseThrow();
      var tokens = new ArrayList<Token>();
      for (int position = 0; position < ids.length; position++) {
        var slopes = TextPass.row(gradient, position);
        var input = TextPass.row(embeddings, position);
        double along = 0;
        double squares = 0;
        for (int i = 0; i < slopes.length; i++) {
          along += (double) slopes[i] * input[i];
          squares += (double) slopes[i] * slopes[i];
        }
        tokens.add(new Token(position, ids[position], along, Math.sqrt(squares)));
      }
      return List.copyOf(tokens);
    }

    private static double sum(float[] values) {
      return sum(values, 0, values.length);
    }

    private static double sum(float[] values, int from, int to) {
      double sum = 0;
      for (int i = from; i < to; i++) {
        sum += values[i];
      }
      return sum;
    }
  }
}
