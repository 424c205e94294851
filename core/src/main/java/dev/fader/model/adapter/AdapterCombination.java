package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.EmbeddingAdapter;
import dev.fader.adapter.EmbeddingAdapter.LowRank;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.kernel.factor.ColumnMatrix;
import dev.fader.kernel.factor.SingularValues;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.model.ModelConfig;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;

/// One LoRA of several, each with a weight, as `add_weighted_adapter` of peft 0.21 makes it.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class AdapterCombination {
  /// How factors are combined.
  public enum Method {
    /// One behind the other: the sum of the changes, exactly, of the sum of the ranks.
    CAT,
    /// The sums of the factors, each times the root of its weight: of one rank, and not the sum of
    /// the changes.
    LINEAR,
    /// The largest singular values of the sum of the changes.
    SVD
  }

  /// An adapter and its weight.
  ///
  /// @param name for messages
  public record Part(String name, LoadedAdapter adapter, double weight) {}

  /// The result.
  ///
  /// @param kept of the sum of changes, for [Method#SVD]; empty for others
  /// @param share of all, 1 if nothing was left out
  public record Result(LoadedAdapter adapter, List<KeptShare> kept, double share) {
    public Result {
      kept = List.copyOf(kept);
    }
  }

  private static final String MERGE = "merge the adapters into the model one after the other";
  private static final String BESIDE = "use them together beside the model";

  private final ModelConfig model;
  private final TensorArena values;

  /// Combines adapters of `model`.
  ///
  /// @param values for the numbers of the result
  public AdapterCombination(ModelConfig model, TensorArena values) {
    this.model = model;
    this.values = values;
  }

  /// The factors of one adapter in one module.
  ///
  /// @param down A (rank, in)
  /// @param up B (out, rank)
  /// @param weight of their product, the adapter's own scale in it
  private record Factors(String adapter, Tensor down, Tensor up, double weight) {
    int rank() {
      return down.shape().size(0);
    }
  }

  /// Combines adapters.
  ///
  /// @param rank of the result for [Method#SVD]; empty for the largest of the parts
  /// @throws AdapterException if a part has something else than LoRA, or ranks do not fit
  public Result combine(List<Part> parts, Method method, OptionalInt rank) {
    var factors = new LinkedHashMap<String, List<Factors>>();
    for (var part : parts) {
      add(part, factors);
    }
    var assembly = new LoraAssembly(model, values);
    var shares = new KeptShare.Sum();
    int most = rank.orElseGet(() -> largest(factors));
    factors.forEach((name, of) -> {
      var module = assembly.modules().find(name).orElseThrow();
      switch (method) {
        case CAT -> assembly.put(module, rows(of), columns(of));
        case LINEAR -> {
          requireSameRanks(name, of);
          assembly.put(module, sum(of, true), sum(of, false));
        }
        case SVD -> {
          var all =
              SingularValues.ofProduct(
                  ColumnMatrix.of(Matrix.of(columns(of))), ColumnMatrix.of(Matrix.of(rows(of))));
          var kept = all.first(most);
          if (all.squaredNorm() > 0) {
            shares.add(name, kept.squaredNorm(), all.squaredNorm());
          }
          assembly.put(module, kept);
        }
      }
    });
    var origin = parts.getFirst().adapter().config().origin();
    return new Result(
        assembly.build(origin, LearnedWhole.NOTHING), shares.modules(), shares.share());
  }

  private static int largest(SequencedMap<String, List<Factors>> factors) {
    return factors.values().stream().flatMap(List::stream).mapToInt(Factors::rank).max().orElse(1);
  }

  private void add(Part part, SequencedMap<String, List<Factors>> factors) {
    var adapter = part.adapter.adapter();
    if (part.adapter.head().isPresent()) {
      throw wrong(part, "a classification head", "use it beside the model, alone");
    }
    if (adapter.virtualTokens().isPresent()) {
      throw wrong(part, "virtual tokens", BESIDE);
    }
    if (adapter.invocation().isPresent()) {
      throw wrong(part, "an invocation that it acts behind", BESIDE);
    }
    if (!adapter.replaced().isEmpty() || !adapter.experts().isEmpty()) {
      throw wrong(part, "more than LoRA of projections and the embedding", MERGE);
    }
    adapter
        .projections()
        .forEach((module, one) -> {
          if (!(one instanceof LowRankAdapter lora) || lora.bias().isPresent()) {
            throw wrong(
                part,
                "another method than plain LoRA (%s)".formatted(module),
                MERGE + ", or convert it to LoRA first");
          }
          factors
              .computeIfAbsent(module, _ -> new ArrayList<>())
              .add(
                  new Factors(
                      part.name,
                      lora.down().value(),
                      lora.up().value(),
                      part.weight * lora.scale()));
        });
    for (EmbeddingAdapter one : adapter.embeddings()) {
      if (!(one instanceof LowRank lora)) {
        throw wrong(part, "rows of tokens", MERGE);
      }
      factors
          .computeIfAbsent(adapter.embeddingModule(), _ -> new ArrayList<>())
          .add(
              new Factors(
                  part.name, lora.down().value(), lora.up().value(), part.weight * lora.scale()));
    }
  }

  private static AdapterException wrong(Part part, String what, String way) {
    return new AdapterException(
        "%s has %s, which cannot be combined: %s".formatted(part.name, what, way));
  }

  private static void requireSameRanks(String module, List<Factors> factors) {
    var first = factors.getFirst();
    for (var other : factors) {
      if (other.rank() != first.rank()) {
        throw new AdapterException(
            "'%s' has rank %d in %s and rank %d in %s, and `linear` needs the same: combine by cat or svd"
                .formatted(module, first.rank(), first.adapter, other.rank(), other.adapter));
      }
    }
  }

  /// All A, one below the other, with the weights.
  private Tensor rows(List<Factors> factors) {
    int rank = factors.stream().mapToInt(Factors::rank).reduce(0, Math::addExact);
    var first = factors.getFirst().down;
    var all = values.floats(rank, first.shape().dimension(1));
    int row = 0;
    for (var one : factors) {
      for (long i = 0; i < one.down.elements(); i++) {
        all.set(row * first.shape().dimension(1) + i, (float) (one.weight * one.down.get(i)));
      }
      row += one.rank();
    }
    return all;
  }

  /// All B side by side.
  private Tensor columns(List<Factors> factors) {
    int rank = factors.stream().mapToInt(Factors::rank).reduce(0, Math::addExact);
    long rows = factors.getFirst().up.shape().dimension(0);
    var all = values.floats(rows, rank);
    int column = 0;
    for (var one : factors) {
      for (long row = 0; row < rows; row++) {
        for (int k = 0; k < one.rank(); k++) {
          all.set(row * rank + column + k, one.up.get(row * one.rank() + k));
        }
      }
      column += one.rank();
    }
    return all;
  }

  /// The sum of A or of B, each times the root of its weight; a negative one's sign is in A.
  private Tensor sum(List<Factors> factors, boolean ofDown) {
    var first = ofDown ? factors.getFirst().down : factors.getFirst().up;
    var sum = values.floats(first.shape().dimension(0), first.shape().dimension(1));
    for (var one : factors) {
      double root = Math.sqrt(Math.abs(one.weight));
      double factor = ofDown && one.weight < 0 ? -root : root;
      var added = ofDown ? one.down : one.up;
      for (long i = 0; i < sum.elements(); i++) {
        sum.set(i, (float) (sum.get(i) + factor * added.get(i)));
      }
    }
    return sum;
  }
}
