package dev.fader.inspect.difference;

import dev.fader.format.FormatException;
import dev.fader.inspect.tensor.NoSuchTensorException;
import dev.fader.inspect.tensor.TensorPattern;
import dev.fader.kernel.Engine;
import dev.fader.kernel.Kernels;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// Compares two models, tensor by tensor.
///
/// Where the family of both is known, parameters are matched by their purpose: a GGUF file and a
/// directory of the same model are the same numbers then, whatever the order of queries and keys,
/// the stacks of experts, tied heads and fused matrices. Else tensors are matched by their names.
///
/// Only a few rows at a time are decoded; what cannot be is told. The same bits for any number of
/// threads.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class ModelComparison implements AutoCloseable {
  private final Kernels kernels;
  private final TensorMemory memory;
  private final Runnable closing;

  /// A comparison on so many threads of its own, which end when it is closed.
  ///
  /// @throws IllegalArgumentException if that is not positive
  @SuppressWarnings("MustBeClosedChecker") // what is returned owns it
  public static ModelComparison on(int threads) {
    var engine = new Engine(threads, TensorMemory.unlimited());
    return new ModelComparison(engine.kernels(), engine.memory(), engine::close);
  }

  /// A comparison on the threads of these kernels, which stay when it is closed.
  ///
  /// @param memory for what singular values are found with
  public ModelComparison(Kernels kernels, TensorMemory memory) {
    this(kernels, memory, () -> {});
  }

  private ModelComparison(Kernels kernels, TensorMemory memory, Runnable closing) {
    this.kernels = kernels;
    this.memory = memory;
    this.closing = closing;
  }

  /// What is different in the second model.
  ///
  /// @throws java.nio.file.NoSuchFileException if there is none of them
  /// @throws FormatException if one is no model, is truncated, or inconsistent
  public ModelDifference compare(Path first, Path second) throws IOException {
    return compare(first, second, new TensorPattern("*"));
  }

  /// The same of those tensors whose names match.
  ///
  /// @throws NoSuchTensorException if none does, with the nearest names
  /// @throws java.nio.file.NoSuchFileException if there is none of them
  /// @throws FormatException if one is no model, is truncated, or inconsistent
  public ModelDifference compare(Path first, Path second, TensorPattern pattern)
      throws IOException {
    return compare(first, second, pattern, (compared, of) -> {});
  }

  /// Hears how far it is.
  @FunctionalInterface
  public interface Progress {
    /// So many tensors of the first model have been looked at. What is thrown ends the comparison.
    void at(int compared, int of);
  }

  /// The same, told how far it is.
  ///
  /// @throws NoSuchTensorException if none does, with the nearest names
  /// @throws java.nio.file.NoSuchFileException if there is none of them
  /// @throws FormatException if one is no model, is truncated, or inconsistent
  public ModelDifference compare(Path first, Path second, TensorPattern pattern, Progress progress)
      throws IOException {
    return compare(TurnedModel.of(first), TurnedModel.of(second), pattern, progress);
  }

  /// The same of models as they compute: with what adapters and faders do to their weights.
  ///
  /// @throws NoSuchTensorException if none does, with the nearest names
  /// @throws java.nio.file.NoSuchFileException if there is none of them
  /// @throws FormatException if one is no model, is truncated, or inconsistent
  /// @throws dev.fader.adapter.AdapterException if an adapter does not fit its model, or cannot be
  ///   in its weights
  /// @throws dev.fader.model.mix.MixException if a mix does not, or cannot be
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for the weights that they
  ///   change
  public ModelDifference compare(
      TurnedModel first, TurnedModel second, TensorPattern pattern, Progress progress)
      throws IOException {
    var a = ComparedModel.ofFamily(first, kernels, memory);
    try (var closing = new Closing(a)) {
      var b = a.isPresent() ? ComparedModel.ofFamily(second, kernels, memory) : a;
      closing.add(b);
      if (a.isPresent() && b.isPresent()) {
        return compare(new Pair(a.get(), b.get(), true), pattern, progress);
      }
    }
    requirePlain(first);
    requirePlain(second);
    try (var byNameA = ComparedModel.ofFile(first.path(), kernels.statistics());
        var byNameB = ComparedModel.ofFile(second.path(), kernels.statistics())) {
      return compare(new Pair(byNameA, byNameB, false), pattern, progress);
    }
  }

  private static void requirePlain(TurnedModel model) throws FormatException {
    if (!model.isPlain()) {
      throw new FormatException(
          model.path(),
          "the family of one of the models is not known, so that nothing can be put into its"
              + " weights: compare it without adapters and faders");
    }
  }

  private record Pair(ComparedModel first, ComparedModel second, boolean byFamily) {}

  private ModelDifference compare(Pair pair, TensorPattern pattern, Progress progress) {
    var a = pair.first;
    var b = pair.second;
    var comparison = new TensorComparison(kernels, memory);
    var compared = new ArrayList<TensorDifference>();
    var onlyFirst = new LinkedHashSet<String>();
    var notCompared = new ArrayList<String>();
    var unread = new LinkedHashMap<>(a.unread());
    unread.putAll(b.unread());
    unread.forEach((name, why) -> {
      if (pattern.matches(name)) {
        notCompared.add(why);
      }
    });
    var found = new HashSet<String>();
    boolean matched = false;
    int looked = 0;
    for (var tensor : a.tensors().values()) {
      progress.at(looked++, a.tensors().size());
      if (!pattern.matches(tensor.name())) {
        continue;
      }
      matched = true;
      var other = b.find(tensor);
      if (other.isEmpty()) {
        onlyFirst.add(tensor.name());
        continue;
      }
      found.add(other.get().whole().orElse(other.get().name()));
      compare(comparison, tensor, other.get(), compared, notCompared);
    }
    var onlySecond = new ArrayList<String>();
    for (var tensor : b.tensors().values()) {
      if (pattern.matches(tensor.name())) {
        matched = true;
        if (!found.contains(tensor.name()) && a.find(tensor).isEmpty()) {
          onlySecond.add(tensor.name());
        }
      }
    }
    if (!matched && notCompared.isEmpty()) {
      throw NoSuchTensorException.of(
          pattern, a.tensors().values().stream().map(ComparedTensor::name).toList());
    }
    // A fused matrix of one that the other has in parts is compared part by part.
    var fused = new HashSet<String>();
    for (var part : b.tensors().values()) {
      var ours = a.find(part);
      var whole = ours.flatMap(ComparedTensor::whole).filter(onlyFirst::contains);
      if (whole.isPresent()) {
        fused.add(whole.get());
        compare(comparison, ours.get(), part, compared, notCompared);
      }
    }
    onlyFirst.removeAll(fused);
    return new ModelDifference(
        compared, List.copyOf(onlyFirst), onlySecond, notCompared, pair.byFamily);
  }

  /// Compares two tensors, or notes why that cannot be.
  private static void compare(
      TensorComparison comparison,
      ComparedTensor tensor,
      ComparedTensor other,
      List<TensorDifference> compared,
      List<String> notCompared) {
    if (!other.shape().equals(tensor.shape())) {
      notCompared.add(
          "%s has shape %s in the first model and %s in the second"
              .formatted(FormatException.quoted(tensor.name()), tensor.shape(), other.shape()));
    } else if (tensor.columns() > TensorComparison.WIDEST) {
      notCompared.add(
          "%s has rows of %d numbers, and no more than %d are read at a time"
              .formatted(
                  FormatException.quoted(tensor.name()),
                  tensor.columns(),
                  TensorComparison.WIDEST));
    } else if (tensor.elements() > 0) {
      compared.add(comparison.compare(tensor, other));
      TensorComparison.unload(tensor);
      TensorComparison.unload(other);
    }
  }

  /// Ends threads of its own.
  @Override
  public void close() {
    closing.run();
  }

  /// Models that are open.
  private static final class Closing implements AutoCloseable {
    private final List<ComparedModel> models = new ArrayList<>();

    Closing(Optional<ComparedModel> first) {
      add(first);
    }

    void add(Optional<ComparedModel> model) {
      model.ifPresent(models::add);
    }

    @Override
    public void close() {
      models.forEach(ComparedModel::close);
    }
  }
}
