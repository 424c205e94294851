package dev.fader.tune;

import dev.fader.data.Batch;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.Decoder;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.train.BatchLoss;
import dev.fader.train.Evaluation;
import dev.fader.train.Objective;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The mean loss of a classification head that reads the last token of each text, or the mean of
/// all: cross-entropy where one label is right, binary cross-entropy where several may be.
final class ClassificationLoss implements Objective {
  /// A head, and how it is used.
  ///
  /// @param weight (labels, width)
  /// @param pooling what it reads
  /// @param several whether several labels may be right
  /// @param weights of the labels; none if they count alike
  record Head(
      Variable weight, ClassPooling pooling, boolean several, Optional<List<Double>> weights) {
    int labels() {
      return weight.value().shape().size(0);
    }
  }

  /// Texts with their labels.
  ///
  /// @param texts sequences of any lengths; targets are not used
  /// @param labels of each text
  record Labelled(Batch texts, List<List<Integer>> labels) {}

  private final Decoder decoder;
  private final BatchLoss loader;
  private final Head head;
  private final List<Labelled> batches;
  private final List<double[]> found = new ArrayList<>();

  ClassificationLoss(Decoder decoder, BatchLoss loader, Head head, List<Labelled> batches) {
    this.decoder = decoder;
    this.loader = loader;
    this.head = head;
    this.batches = List.copyOf(batches);
  }

  private double weight(int label) {
    return head.weights.isPresent() ? head.weights.get().get(label) : 1;
  }

  @Override
  public int microbatches() {
    return batches.size();
  }

  @Override
  public Size size(int index) {
    return size(batches.get(index));
  }

  private Size size(Labelled batch) {
    double sum = 0;
    for (var labels : batch.labels) {
      sum += head.several ? 1 : weight(labels.getFirst());
    }
    return new Size(sum, batch.labels.size(), 0);
  }

  private Size all() {
    return batches.stream().map(this::size).reduce(Size.NONE, Size::plus);
  }

  @Override
  public Variable forward(Tape tape, int index) { // (rows, width)
    return decoder.forward(tape, loader.load(tape, batches.get(index).texts));
  }

  @Override
  public double startBackward(Tape tape, int index, Variable output, Size step) {
    var pooled = pool(tape, output);
    return add(tape, pooled, batches.get(index), Optional.of(step));
  }

  /// The mean loss, without a gradient; finds logits on the way.
  Evaluation mean(Tape inferring) {
    found.clear();
    double sum = 0;
    for (int i = 0; i < batches.size(); i++) {
      var pooled = pool(inferring, forward(inferring, i));
      find(logits(inferring, pooled));
      sum += add(inferring, pooled, batches.get(i), Optional.empty());
      inferring.clear();
    }
    var all = all();
    return new Evaluation(sum / all.weight(), all.targets());
  }

  /// The logits of all texts, after [#mean].
  List<double[]> found() {
    return found;
  }

  private Variable pool(Tape tape, Variable output) { // (texts, width)
    return tape.pool(output, loader.sequences().stream().map(head.pooling::of).toList());
  }

  /// @param step how much is in all microbatches, if there is to be a gradient
  private double add(Tape tape, Variable pooled, Labelled batch, Optional<Size> step) {
    try (var arena = loader.memory().open("labels")) {
      return head.several
          ? several(tape, pooled, new Scaled(batch, step), arena)
          : one(tape, pooled, new Scaled(batch, step), arena);
    }
  }

  /// Texts, and how much is in all microbatches, if there is to be a gradient.
  private record Scaled(Labelled batch, Optional<Size> step) {
    float scale(int parts) {
      return step.isPresent() ? (float) (1 / (step.get().weight() * parts)) : 0;
    }
  }

  private Variable logits(Tape tape, Variable pooled) {
    return tape.linear(pooled, List.of(new Projection(head.weight, Optional.empty(), false)));
  }

  private void find(Variable logits) {
    int labels = head.labels();
    for (int text = 0; text < logits.value().shape().size(0); text++) {
      var values = new double[labels];
      for (int label = 0; label < labels; label++) {
        values[label] = logits.value().get((long) text * labels + label);
      }
      found.add(values);
    }
  }

  private double one(Tape tape, Variable pooled, Scaled scaled, TensorArena arena) {
    var batch = scaled.batch;
    int count = batch.labels.size();
    var targets = arena.allocate(DType.INT32, Shape.of(count));
    var scales = arena.floats(count);
    var losses = arena.floats(count);
    for (int i = 0; i < count; i++) {
      int label = batch.labels.get(i).getFirst();
      targets.set(i, label);
      scales.set(i, (float) weight(label));
    }
    float scale = scaled.scale(1);
    tape.headLoss(
        pooled, head.weight, new HeadLoss(targets, scale, 0, Optional.of(scales), false), losses);
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += losses.get(i) * weight(batch.labels.get(i).getFirst());
    }
    return sum;
  }

  /// The mean is over the labels of a text, too, as in PyTorch.
  private double several(Tape tape, Variable pooled, Scaled scaled, TensorArena arena) {
    var batch = scaled.batch;
    int labels = head.labels();
    var targets = arena.floats(batch.labels.size(), labels);
    for (int i = 0; i < batch.labels.size(); i++) {
      for (int label : batch.labels.get(i)) {
        targets.set((long) i * labels + label, 1);
      }
    }
    var logits = logits(tape, pooled);
    float scale = scaled.scale(labels);
    Optional<Tensor> weights =
        head.weights.map(values -> {
          var tensor = arena.floats(labels);
          for (int i = 0; i < labels; i++) {
            tensor.set(i, values.get(i).floatValue());
          }
          return tensor;
        });
    return tape.binaryLoss(logits, targets, weights, scale) / labels;
  }
}
