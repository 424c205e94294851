package dev.fader.tune;

import dev.fader.adapter.AdapterException;
import dev.fader.data.Batch;
import dev.fader.data.DataException;
import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.adapter.ClassificationHead;
import dev.fader.model.adapter.StoredAdapter;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.BatchLoss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Tells texts apart with an adapter that was tuned to. For use by one thread.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class Classifier implements AutoCloseable {
  private static final double HALF = 0.5;

  private final Kernels kernels;
  private final TensorMemory memory;
  private final TensorArena weights;
  private final Decoder decoder;
  private final ClassificationHead head;
  private final ClassLabels labels;
  private Optional<Reader> reader = Optional.empty();

  /// What is found in a text.
  ///
  /// @param logits by the numbers of the labels
  /// @param probabilities likewise: of all labels together 1, or of each alone where several may be
  ///   right
  /// @param chosen the numbers of the labels that are likely, the most likely first; one, unless
  ///   several may be right
  public record Classification(
      List<Double> logits, List<Double> probabilities, List<Integer> chosen) {
    public Classification {
      logits = List.copyOf(logits);
      probabilities = List.copyOf(probabilities);
      chosen = List.copyOf(chosen);
    }
  }

  /// Memory for texts of so many tokens.
  private record Reader(TensorArena arena, Tape tape, BatchLoss loader, int most) {}

  /// Reads an adapter of `base`, which must stay open as long as this is.
  ///
  /// @throws AdapterException if it does not classify, or is for another model
  /// @throws dev.fader.format.FormatException if a file is broken
  /// @throws IOException if a file cannot be read
  public Classifier(LoadedModel base, Path directory, Kernels kernels, TensorMemory memory)
      throws IOException {
    this.kernels = kernels;
    this.memory = memory;
    this.weights = memory.open("adapter");
    try {
      var parameters = base.decoder().parameters();
      var adapter = StoredAdapter.of(directory).read(parameters, weights);
      this.head =
          adapter
              .head()
              .orElseThrow(() ->
                  new AdapterException(
                      "%s has no classification head: tune one with texts that have labels"
                          .formatted(directory)));
      this.labels =
          ClassLabels.find(directory).orElseGet(() -> ClassLabels.numbered(head.labels()));
      if (labels.names().size() != head.labels()) {
        throw new AdapterException(
            "%s names %d labels, and the head has %d: take the file of this adapter"
                .formatted(
                    directory.resolve(ClassLabels.NAME), labels.names().size(), head.labels()));
      }
      var prepared = adapter.adapter().prepared(kernels, parameters::projection, weights);
      this.decoder = new Decoder(parameters.adapted(List.of(prepared)), weights);
    } catch (IOException | RuntimeException | Error failed) {
      weights.close();
      throw failed;
    }
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
    return classification(found);
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

  private Classification classification(List<Double> logits) {
    double highest = logits.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    double sum = logits.stream().mapToDouble(logit -> Math.exp(logit - highest)).sum();
    var probabilities = new ArrayList<Double>();
    for (double logit : logits) {
      probabilities.add(
          labels.several() ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit - highest) / sum);
    }
    var order = new ArrayList<Integer>();
    for (int label = 0; label < logits.size(); label++) {
      order.add(label);
    }
    order.sort((a, b) -> Double.compare(logits.get(b), logits.get(a)));
    var chosen =
        labels.several()
            ? order.stream().filter(label -> probabilities.get(label) >= HALF).toList()
            : List.of(order.getFirst());
    return new Classification(logits, probabilities, chosen);
  }

  /// Gives all memory back.
  @Override
  public void close() {
    reader.ifPresent(open -> open.arena.close());
    weights.close();
  }
}
