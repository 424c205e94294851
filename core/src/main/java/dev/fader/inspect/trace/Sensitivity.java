package dev.fader.inspect.trace;

import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.ModelConfig;
import dev.fader.model.Place;
import dev.fader.model.Site;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;

/// How much a prediction would change with the gain of each part of the model, and with each token,
/// by one backward pass: which faders matter for this text.
///
/// @param value of what was asked for
/// @param dials what can be turned, by layer
/// @param neurons the slope of each neuron's gain, by layer; none in layers without
/// @param tokens what is written where
public record Sensitivity(
    double value, List<Dial> dials, List<float[]> neurons, List<Token> tokens) {
  /// Rows of a pass, if a text is no longer.
  private static final int ROWS = 512;

  /// Numbers at most that a pass keeps for its way back, 1 GB, and a share of the memory that there
  /// is: beyond, layers are run again.
  private static final long MOST_KEPT = 1L << 28;

  private static final int SHARE_OF_ROOM = 4;

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

  /// A gain, which is 1 unless it was said what it is.
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
    var question = new Question(position, List.of(asked), Gains.ONE);
    return of(model, ids, question).getFirst();
  }

  /// Where faders stand: what the columns of a place are multiplied with, if they are.
  @FunctionalInterface
  public interface Gains {
    /// Nothing is turned.
    Gains ONE = place -> Optional.empty();

    Optional<List<Float>> at(Place place);
  }

  /// What is asked of a text.
  ///
  /// @param asked of the prediction after `position`, one or more
  /// @param gains at which slopes are taken; the decoder of the model has none of its own
  public record Question(int position, List<TokenMeasure> asked, Gains gains) {
    public Question {
      asked = List.copyOf(asked);
    }

    private Question part(int first, int end) {
      return new Question(position, asked.subList(first, end), gains);
    }
  }

  /// The same for several measures of the same prediction, one for each, in their order. They share
  /// passes: a short text takes little longer for some than for one.
  public static List<Sensitivity> of(TracedModel model, int[] ids, Question question) {
    model.requireText(ids);
    TracedModel.requirePosition(question.position, ids.length);
    question.asked.forEach(asked -> asked.require(model));
    var all = new ArrayList<Sensitivity>();
    int most = together(model, ids.length);
    for (int first = 0; first < question.asked.size(); first += most) {
      int end = Math.min(first + most, question.asked.size());
      try (var arena = model.memory().open("trace")) {
        all.addAll(new Backward(model, ids, question.part(first, end), arena).run());
      }
    }
    return all;
  }

  /// How many copies of a text of so many tokens share a pass: no more than what they compute can
  /// be kept of, as far as that of one can.
  private static int together(TracedModel model, int tokens) {
    long fitting = mostKept(model) / (tokens * numbersPerRow(model.config()));
    long rows = Math.max(1, ROWS / tokens);
    return (int) (fitting > 0 ? Math.min(fitting, rows) : rows);
  }

  private static long mostKept(TracedModel model) {
    return Math.min(MOST_KEPT, model.memory().room() / SHARE_OF_ROOM / Float.BYTES);
  }

  /// About so many numbers are kept of a row, where no layer has experts.
  private static long numbersPerRow(ModelConfig config) {
    return config.layers() * (12L * config.width() + 6L * config.feedForward().width());
  }

  private static final class Backward implements Intervention {
    private final TracedModel model;
    private final ModelConfig config;
    private final int[] ids;
    private final Question question;
    private final TensorArena arena;
    private final Map<Place, Variable> gains = new LinkedHashMap<>(); // (copies, columns) each
    private final int copies; // of the text, one behind the other, for what is asked
    private final Variable zeros; // (rows of all, width): its gradient is that of the embeddings
    private final Tensor embeddings; // (rows of all, width)

    Backward(TracedModel model, int[] ids, Question question, TensorArena arena) {
      this.model = model;
      this.config = model.config();
      this.ids = ids;
      this.question = question;
      this.arena = arena;
      this.copies = question.asked.size();
      long rows = (long) copies * ids.length;
      this.embeddings = arena.floats(rows, config.width());
      this.zeros =
          Variable.learned(arena.floats(rows, config.width()), arena.floats(rows, config.width()));
    }

    @Override
    public Variable at(Tape tape, Variable x, Place place) {
      return switch (place.site()) {
        case RESIDUAL ->
            place.layer() > 0
                ? x
                : tape.add(zeros, tape.copy(tape.observe(x, embeddings::copyFrom)));
        case STATES, HEADS, ATTENTION, NEURONS, FEED_FORWARD, EXPERTS ->
            tape.multiplyGroups(x, gain(place, x.value().shape().size(1)));
        case BETWEEN, ROUTER, FINAL -> x;
      };
    }

    /// Layers are run again on the way back, with the same gains.
    private Variable gain(Place place, int columns) {
      return gains.computeIfAbsent(
          place,
          any -> {
            var numbers = arena.floats(copies, columns);
            var known = question.gains.at(place);
            for (int i = 0; i < numbers.elements(); i++) {
              numbers.set(i, known.isPresent() ? known.get().get(i % columns) : 1);
            }
            return Variable.learned(numbers, arena.floats(copies, columns));
          });
    }

    /// Layers are run again on the way back only where what they computed cannot be kept.
    private Tape.Mode mode(long rows) {
      boolean kept = rows * numbersPerRow(config) <= mostKept(model);
      return kept && config.feedForward().experts().isEmpty()
          ? Tape.Mode.TRAIN
          : Tape.Mode.TRAIN_RECOMPUTING;
    }

    List<Sensitivity> run() {
      long rows = (long) copies * ids.length;
      var tape = new Tape(model.kernels(), arena, mode(rows));
      tape.stopWhen(model.stop());
      var text = arena.allocate(DType.INT32, Shape.of(rows));
      for (int i = 0; i < rows; i++) {
        text.set(i, ids[i % ids.length]);
      }
      var decoder = model.decoder().intervened(this);
      var x = decoder.forward(tape, TokenBlock.ofSequences(text, copies, ids.length));
      var head = decoder.head(tape);
      var values = new double[copies];
      begin(tape, tape.copy(x), head, values, targets(measure -> measure.token(), -1));
      if (question.asked.stream().anyMatch(measure -> measure.against().isPresent())) {
        var others = targets(measure -> measure.against().orElse(-1), 1);
        begin(tape, tape.copy(x), head, values, others);
      }
      tape.backward();
      var all = new ArrayList<Sensitivity>();
      for (int copy = 0; copy < copies; copy++) {
        all.add(new Sensitivity(values[copy], dials(copy), neurons(copy), tokens(copy)));
      }
      return all;
    }

    /// @param token that is asked for, -1 for none
    /// @param scale of the gradient of the loss: -1 makes the probability grow
    private HeadLoss targets(ToIntFunction<TokenMeasure> token, float scale) {
      var targets = arena.allocate(DType.INT32, Shape.of((long) copies * ids.length));
      for (long i = 0; i < targets.elements(); i++) {
        boolean here = i % ids.length == question.position;
        targets.set(i, here ? token.applyAsInt(question.asked.get((int) (i / ids.length))) : -1);
      }
      float cap = config.embedding().logitSoftCap();
      return new HeadLoss(targets, scale, cap, Optional.empty(), true);
    }

    /// Starts the backward pass, and adds the logarithms of the targets' probabilities to `values`,
    /// or takes them away.
    private void begin(Tape tape, Variable x, Variable head, double[] values, HeadLoss loss) {
      var losses = arena.floats((long) copies * ids.length);
      tape.headLoss(x, head, loss, losses);
      for (int copy = 0; copy < copies; copy++) {
        float one = losses.get((long) copy * ids.length + question.position);
        values[copy] += loss.gradientScale() * one;
      }
    }

    private float[] slopes(Place place, int copy) {
      var gain = gains.get(place);
      return gain == null ? new float[0] : TextPass.row(gain.gradient().orElseThrow(), copy);
    }

    private List<Dial> dials(int copy) {
      var dials = new ArrayList<Dial>();
      for (int layer = 0; layer < config.layers(); layer++) {
        double attention = sum(slopes(Site.ATTENTION.in(layer), copy));
        double feedForward = sum(slopes(Site.FEED_FORWARD.in(layer), copy));
        dials.add(new Dial(Kind.LAYER, layer, 0, attention + feedForward));
        dials.add(new Dial(Kind.ATTENTION, layer, 0, attention));
        dials.add(new Dial(Kind.FEED_FORWARD, layer, 0, feedForward));
        addHeads(dials, layer, copy);
        var states = slopes(Site.STATES.in(layer), copy);
        int values = states.length - config.attention().keyValueHeads() * stateSize();
        int queries = config.attention().heads() * stateSize();
        dials.add(new Dial(Kind.QUERIES, layer, 0, sum(states, 0, queries)));
        dials.add(new Dial(Kind.VALUES, layer, 0, sum(states, values, states.length)));
        var experts = slopes(Site.EXPERTS.in(layer), copy);
        for (int expert = 0; expert < experts.length; expert++) {
          dials.add(new Dial(Kind.EXPERT, layer, expert, experts[expert]));
        }
      }
      return List.copyOf(dials);
    }

    private int stateSize() {
      return config.attention().stateSize();
    }

    private void addHeads(List<Dial> dials, int layer, int copy) {
      var columns = slopes(Site.HEADS.in(layer), copy);
      int heads = config.attention().heads();
      int size = columns.length / heads;
      for (int head = 0; head < heads; head++) {
        double slope = sum(columns, head * size, (head + 1) * size);
        dials.add(new Dial(Kind.HEAD, layer, head, slope));
      }
    }

    private List<float[]> neurons(int copy) {
      var neurons = new ArrayList<float[]>();
      for (int layer = 0; layer < config.layers(); layer++) {
        neurons.add(slopes(Site.NEURONS.in(layer), copy));
      }
      return List.copyOf(neurons);
    }

    private List<Token> tokens(int copy) {
      var gradient = zeros.gradient().orElseThrow();
      var tokens = new ArrayList<Token>();
      for (int position = 0; position < ids.length; position++) {
        int row = copy * ids.length + position;
        var slopes = TextPass.row(gradient, row);
        var input = TextPass.row(embeddings, row);
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
