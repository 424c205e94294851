package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.EmbeddingAdapter;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.factor.MatrixRows;
import dev.fader.kernel.factor.TruncatedSvd;
import dev.fader.model.Parameters;
import dev.fader.tensor.TensorArena;
import java.util.List;

/// Turns an adapter of any method that changes weights into LoRA, by the largest singular values of
/// each change, as `convert_to_lora` of peft does: so that programs which only know LoRA can use
/// it.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class LowRankConversion {
  private static final long SEED = 1;

  private LowRankConversion() {}

  /// A LoRA, and how much of the changes it holds.
  ///
  /// @param kept share of the sum of squares that is kept of each module, in order
  /// @param share of all
  public record Result(LoadedAdapter adapter, List<KeptShare> kept, double share) {
    public Result {
      kept = List.copyOf(kept);
    }
  }

  /// Converts `adapter`.
  ///
  /// @param rank of the factors, at most
  /// @param values for the numbers of the result
  /// @throws AdapterException if it changes something else than weights
  public static Result of(
      LoadedAdapter adapter, int rank, Parameters base, Kernels kernels, TensorArena values) {
    requireWeights(adapter);
    var change = new WeightChange(base, kernels);
    var assembly = new LoraAssembly(base.config(), values);
    var shares = new KeptShare.Sum();
    adapter
        .adapter()
        .projections()
        .forEach((module, one) -> {
          try (var passing = values.memory().open("change of a weight")) {
            var rows = MatrixRows.of(change.of(module, one, passing));
            double all = rows.squaredNorm();
            if (all > 0) {
              var found = TruncatedSvd.of(rank, SEED).factor(rows, kernels, values.memory());
              assembly.put(assembly.modules().find(module).orElseThrow(), found);
              shares.add(module, found.squaredNorm(), all);
            }
          }
        });
    var result = assembly.build(adapter.config().origin(), LearnedWhole.NOTHING);
    return new Result(result, shares.modules(), shares.share());
  }

  private static void requireWeights(LoadedAdapter adapter) {
    var changes = adapter.adapter();
    String other = "";
    if (adapter.head().isPresent()) {
      other = "a classification head";
    } else if (changes.virtualTokens().isPresent()) {
      other = "virtual tokens";
    } else if (!changes.replaced().isEmpty()) {
      other = "whole parameters (%s)".formatted(changes.replaced().firstEntry().getKey());
    } else if (changes.embeddings().stream()
        .anyMatch(EmbeddingAdapter.TrainableTokens.class::isInstance)) {
      other = "rows of tokens";
    } else if (!changes.embeddings().isEmpty() || !changes.experts().isEmpty()) {
      other = "LoRA of the embedding or of experts";
    }
    boolean stays = adapter.head().isPresent() || changes.virtualTokens().isPresent();
    if (!other.isEmpty()) {
      throw new AdapterException(
          "the adapter has %s, and only changes of projections become LoRA: %s"
              .formatted(other, stays ? "use it beside the model" : "merge it into the model"));
    }
  }
}
