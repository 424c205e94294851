package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.data.Batch;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Golden;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.BatchLoss;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The loss of a classification head against its formula in double, on states of a golden model,
/// and the gradient of the head against central differences of that.
class ClassificationLossTest {
  private static final int[][] TEXTS = {{3, 1, 4, 1, 5}, {9}, {2, 6, 5, 3, 5, 8, 9}};
  private static final int LABELS = 3;

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);

  @AfterEach
  void close() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  @Test
  void oneLabelByLastTokenAndMean() throws IOException {
    var labels = List.of(List.of(2), List.of(0), List.of(2));
    for (var pooling : ClassPooling.values()) {
      check(pooling, false, Optional.empty(), labels);
      check(pooling, false, Optional.of(List.of(0.5, 2.0, 3.0)), labels);
    }
  }

  @Test
  void severalLabels() throws IOException {
    var labels = List.of(List.of(0, 2), List.<Integer>of(), List.of(1));
    check(ClassPooling.LAST, true, Optional.empty(), labels);
    check(ClassPooling.MEAN, true, Optional.of(List.of(0.5, 2.0, 3.0)), labels);
  }

  private void check(
      ClassPooling pooling,
      boolean several,
      Optional<List<Double>> weights,
      List<List<Integer>> labels)
      throws IOException {
    try (var model = LoadedModel.open(Golden.directory("models/llama"), memory);
        var arena = memory.open("test")) {
      var decoder = model.decoder();
      int width = model.config().width();
      var head = head(arena, width);
      var how = new ClassificationLoss.Head(head, pooling, several, weights);
      var loader = new BatchLoss(decoder, arena, TEXTS.length, 8);
      var loss =
          new ClassificationLoss(
              decoder, loader, how, List.of(new ClassificationLoss.Labelled(batch(), labels)));
      var inferring = new Tape(kernels, arena, Tape.Mode.INFER);
      var output = decoder.forward(inferring, loader.load(inferring, batch()));
      var states = states(output, pooling, width);
      inferring.clear();
      double expected = reference(states, head, how, labels);
      // float32 states of a random model: sums of 64 products near 1
      assertEquals(expected, loss.mean(inferring).loss(), 1e-5 * expected);
      var tape = new Tape(kernels, arena, Tape.Mode.TRAIN);
      var size = loss.size(0);
      double sum = loss.startBackward(tape, 0, loss.forward(tape, 0), size);
      tape.backward();
      assertEquals(expected, sum / size.weight(), 1e-5 * expected);
      var gradient = head.gradient().orElseThrow();
      for (int i = 0; i < LABELS * width; i += 7) {
        float before = head.value().get(i);
        head.value().set(i, before + 1e-3f);
        double above = head.value().get(i);
        double up = reference(states, head, how, labels);
        head.value().set(i, before - 1e-3f);
        double slope = (up - reference(states, head, how, labels)) / (above - head.value().get(i));
        head.value().set(i, before);
        assertEquals(slope, gradient.get(i), 1e-4 * (0.1 + Math.abs(slope)), "element " + i);
      }
    }
  }

  private static Variable head(TensorArena arena, int width) {
    var random = new SplittableRandom(11);
    var value = arena.floats(LABELS, width);
    for (long i = 0; i < value.elements(); i++) {
      value.set(i, (float) (0.2 * random.nextGaussian()));
    }
    return Variable.learned(value, arena.floats(LABELS, width));
  }

  private static Batch batch() {
    int[] inputs = Arrays.stream(TEXTS).flatMapToInt(Arrays::stream).toArray();
    var targets = new int[inputs.length];
    Arrays.fill(targets, Batch.IGNORED);
    int[] lengths = Arrays.stream(TEXTS).mapToInt(text -> text.length).toArray();
    return Batch.ofSequences(inputs, targets, lengths);
  }

  private static double[][] states(Variable output, ClassPooling pooling, int width) {
    var states = new double[TEXTS.length][width];
    int row = 0;
    for (int text = 0; text < TEXTS.length; text++) {
      int length = TEXTS[text].length;
      int first = pooling == ClassPooling.LAST ? length - 1 : 0;
      for (int token = first; token < length; token++) {
        for (int column = 0; column < width; column++) {
          double value = output.value().get((long) (row + token) * width + column);
          states[text][column] += value / (length - first);
        }
      }
      row += length;
    }
    return states;
  }

  private static double reference(
      double[][] states, Variable head, ClassificationLoss.Head how, List<List<Integer>> labels) {
    double sum = 0;
    double weights = 0;
    for (int text = 0; text < states.length; text++) {
      var logits = new double[LABELS];
      for (int label = 0; label < LABELS; label++) {
        for (int column = 0; column < states[text].length; column++) {
          logits[label] +=
              states[text][column] * head.value().get((long) label * states[text].length + column);
        }
      }
      if (how.several()) {
        for (int label = 0; label < LABELS; label++) {
          double p = 1 / (1 + Math.exp(-logits[label]));
          double right = labels.get(text).contains(label) ? Math.log(p) : Math.log(1 - p);
          sum -= weight(how, label) * right / LABELS;
        }
        weights++;
      } else {
        int label = labels.get(text).getFirst();
        double total = Arrays.stream(logits).map(Math::exp).sum();
        sum -= weight(how, label) * (logits[label] - Math.log(total));
        weights += weight(how, label);
      }
    }
    return sum / weights;
  }

  private static double weight(ClassificationLoss.Head how, int label) {
    return how.weights().map(all -> all.get(label)).orElse(1.0);
  }
}
