package dev.fader.tune;

import dev.fader.adapter.AdapterException;
import dev.fader.data.Batch;
import dev.fader.data.DataException;
import dev.fader.format.FormatException;
import dev.fader.format.TensorFile;
import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.adapter.ClassificationHead;
import dev.fader.model.adapter.StoredAdapter;
import dev.fader.model.convert.ModelShards;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.BatchLoss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Tells texts apart with an adapter or a model that was tuned to. For use by one thread.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class Classifier implements AutoCloseable {
  private final Kernels kernels;
  private final TensorMemory memory;
  private final TensorArena weights;
  private final Decoder decoder;
  private final ClassificationHead head;
  private final ClassLabels labels;
  private Optional<Reader> reader = Optional.empty();

  /// Memory for texts of so many tokens.
  private record Reader(TensorArena arena, Tape tape, BatchLoss loader, int most) {}

  /// Reads an adapter of `base` with its scale, which the head has none of; `base` must stay open
  /// as long as this is.
  ///
  /// @throws AdapterException if it does not classify, or is for another model
  /// @throws dev.fader.format.FormatException if a file is broken
  /// @throws IOException if a file cannot be read
  public Classifier(LoadedModel base, AdapterSource source, Kernels kernels, TensorMemory memory)
      throws IOException {
    var directory = source.path();
    this.kernels = kernels;
    this.memory = memory;
    this.weights = memory.open("adapter");
    try {
      var parameters = base.decoder().parameters();
      var adapter = StoredAdapter.of(directory).read(parameters, weights);
      adapter.config().origin().warnUnlessFor(base.path(), directory);
      this.head =
          adapter
              .head()
              .orElseThrow(() ->
                  new AdapterException(
                      "%s has no classification head: tune one with texts that have labels"
                          .formatted(directory)));
      this.labels = labels(directory, head);
      var scaled = adapter.adapter().scaled(source.scale());
      var prepared = scaled.prepared(kernels, parameters::projection, weights);
      this.decoder = new Decoder(parameters.adapted(List.of(prepared)), weights);
    } catch (IOException | RuntimeException | Error failed) {
      weights.close();
      throw failed;
    }
  }

  /// Reads the head of a model for sequence classification, which must stay open as long as this
  /// is.
  ///
  /// @throws dev.fader.format.FormatException if it has none, or a file is broken
  /// @throws IOException if a file cannot be read
  public Classifier(LoadedModel model, Kernels kernels, TensorMemory memory) throws IOException {
    this.kernels = kernels;
    this.memory = memory;
    this.weights = memory.open("head");
    this.decoder = model.decoder();
    try (var file = TensorFile.open(model.path())) {
      var stored = file.get(ModelShards.HEAD);
      int width = model.config().embeddingWidth();
      boolean fits = stored.shape().rank() == 2 && stored.shape().dimension(1) == width;
      if (!fits) {
        throw new FormatException(
            model.path(),
            "has a '%s' of shape %s, and the model is %d wide"
                .formatted(ModelShards.HEAD, stored.shape(), width));
      }
      var weight = weights.allocate(DType.FLOAT32, stored.shape());
      stored.copyTo(weight);
      this.head = new ClassificationHead(Variable.fixed(weight));
      this.labels = labels(model.path(), head);
    } catch (IOException | RuntimeException | Error failed) {
      weights.close();
      throw failed;
    }
  }

  /// Whether the model at `path` has a classification head of its own.
  ///
  /// @throws IOException if a file cannot be read
  public static boolean isOne(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return false;
    }
    try (var file = TensorFile.open(path)) {
      return file.names().contains(ModelShards.HEAD);
    }
  }

  private static ClassLabels labels(Path directory, ClassificationHead head) throws IOException {
    var labels = ClassLabels.find(directory).orElseGet(() -> ClassLabels.numbered(head.labels()));
    if (labels.names().size() != head.labels()) {
      throw new AdapterException(
          "%s names %d labels, and the head has %d: take the file of this adapter"
              .formatted(
                  directory.resolve(ClassLabels.NAME), labels.names().size(), head.labels()));
    }
    return labels;
  }

  /// The names of the labels.
  public ClassLabels labels() {
    return labels;
  }

  /// What is in a text.
  ///
  /// @param ids with the special tokens around it
  /// @throws DataException if there are none, or more than the model reads
  public Classification classify(int[] ids) {
    int most = decoder.config().context() - decoder.virtualTokens();
    if (ids.length == 0 || ids.length > most) {
      throw new DataException(
          "the text has %d tokens, and the model reads from 1 to %d: %s"
              .formatted(ids.length, most, ids.length == 0 ? "give some words" : "shorten it"));
    }
    var reader = reader(ids.length);
    var tape = reader.tape;
    var targets = new int[ids.length];
    Arrays.fill(targets, Batch.IGNORED);
    var text = Batch.ofSequences(ids, targets, new int[] {ids.length});
    var output = decoder.forward(tape, reader.loader.load(tape, text));
    var range = labels.pooling().of(reader.loader.sequences().getFirst());
    var pooled = tape.pool(output, List.of(range));
    var logits =
        tape.linear(pooled, List.of(new Projection(head.weight(), Optional.empty(), false)));
    var found = new ArrayList<Double>();
    for (int label = 0; label < head.labels(); label++) {
      found.add((double) logits.value().get(label));
    }
    tape.clear();
    return Classification.of(found, labels.several());
  }

  /// Memory that grows by doubling, so that many texts take no more than twice the longest.
  private Reader reader(int length) {
    if (reader.isPresent() && reader.get().most >= length) {
      return reader.get();
    }
    reader.ifPresent(old -> old.arena.close());
    int most = Math.max(length, Integer.highestOneBit(Math.max(1, length - 1)) * 2);
    var arena = memory.open("classification");
    var tape = new Tape(kernels, arena, Tape.Mode.INFER);
    var made = new Reader(arena, tape, new BatchLoss(decoder, arena, 1, most), most);
    reader = Optional.of(made);
    return made;
  }

  /// Gives all memory back.
  @Override
  public void close() {
    reader.ifPresent(open -> open.arena.close());
    weights.close();
  }
}
