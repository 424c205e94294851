package dev.fader.inspect.trace;

import dev.fader.grad.StoppedException;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.model.Decoder;
import dev.fader.model.Intervention;
import dev.fader.model.Place;
import dev.fader.model.intervention.Interventions;
import dev.fader.model.intervention.Observation;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.stream.IntStream;

/// Whole texts going through a model, and the memory that this takes.
final class TextPass implements AutoCloseable {
  /// Rows per computation of logits, which are as wide as the vocabulary.
  private static final int LOGITS = 16;

  /// Takes the logits of one row.
  @FunctionalInterface
  interface LogitsReader {
    void accept(int index, float[] logits);
  }

  private final TracedModel model;
  private final int[] ids;
  private final TensorArena arena;
  private final Tape tape;

  TextPass(TracedModel model, int... ids) {
    model.requireText(ids);
    this.model = model;
    this.ids = ids;
    this.arena = model.memory().open("trace");
    this.tape = new Tape(model.kernels(), arena, Tape.Mode.INFER);
    tape.stopWhen(model.stop());
  }

  TensorArena arena() {
    return arena;
  }

  Tape tape() {
    return tape;
  }

  /// The text several times, one behind the other.
  TokenBlock tokens(int copies) {
    var all = arena.allocate(DType.INT32, Shape.of((long) copies * ids.length));
    for (int i = 0; i < all.elements(); i++) {
      all.set(i, ids[i % ids.length]);
    }
    return TokenBlock.ofSequences(all, copies, ids.length);
  }

  /// What goes into the head, (tokens, width), in memory of its own.
  Tensor run(Intervention intervention) {
    return run(model.decoder().intervened(intervention));
  }

  private Tensor run(Decoder decoder) {
    var output = decoder.forward(tape, tokens(1));
    return kept(output);
  }

  /// A copy of a result, after which the tape forgets its passes.
  Tensor kept(Variable result) {
    var kept = arena.allocate(DType.FLOAT32, result.value().shape()).copyFrom(result.value());
    tape.clear();
    return kept;
  }

  /// What flows at these places, each (tokens, columns). Layers behind the last of them are not
  /// computed.
  SeenNumbers observe(Collection<Place> places) {
    var seen = new LinkedHashMap<Place, Tensor>();
    var looking = new ArrayList<Observation>();
    for (var place : places) {
      looking.add(
          new Observation(
              place,
              numbers ->
                  seen.put(
                      place, arena.allocate(DType.FLOAT32, numbers.shape()).copyFrom(numbers))));
    }
    long wanted = looking.stream().map(Observation::place).distinct().count();
    tape.stopWhen(() -> seen.size() == wanted || model.stop().getAsBoolean());
    try {
      run(new Interventions(looking));
    } catch (StoppedException stopped) {
      tape.clear();
      if (seen.size() < wanted) {
        throw stopped;
      }
    }
    tape.stopWhen(model.stop());
    return new SeenNumbers(seen);
  }

  /// The logits of some rows of states.
  ///
  /// @param states (rows, width): what goes into the head
  void logits(Tensor states, int[] rows, LogitsReader reader) {
    int width = states.shape().size(1);
    var config = model.config();
    for (int first = 0; first < rows.length; first += LOGITS) {
      int count = Math.min(LOGITS, rows.length - first);
      var input = arena.floats(count, width);
      for (int i = 0; i < count; i++) {
        input.slice(i, 1).copyFrom(states.slice(rows[first + i], 1));
      }
      var logits =
          tape.logits(
              Variable.fixed(input), model.decoder().head(tape), config.embedding().logitSoftCap());
      var row = new float[config.vocabularySize()];
      for (int i = 0; i < count; i++) {
        logits.value().read((long) i * row.length, row, 0, row.length);
        reader.accept(first + i, row);
      }
      tape.clear();
    }
  }

  /// The logits of one row.
  float[] logits(Tensor states, int row) {
    var all = new ArrayList<float[]>();
    logits(states, new int[] {row}, (index, logits) -> all.add(logits));
    return all.getFirst();
  }

  /// What `states` become behind the last layer: the input of the head, as many rows.
  Tensor finalNorm(Tensor states) {
    int rows = states.shape().size(0);
    var any = arena.allocate(DType.INT32, Shape.of(rows));
    var block = TokenBlock.ofSequences(any, rows, 1); // no layer reads it
    int layers = model.config().layers();
    return kept(model.decoder().forwardFrom(tape, block, layers, Variable.fixed(states)));
  }

  static int[] allRows(int count) {
    return IntStream.range(0, count).toArray();
  }

  /// The rows of a tensor.
  static float[] row(Tensor states, int row) {
    int width = states.shape().size(1);
    var values = new float[width];
    states.read((long) row * width, values, 0, width);
    return values;
  }

  @Override
  public void close() {
    arena.close();
  }
}
