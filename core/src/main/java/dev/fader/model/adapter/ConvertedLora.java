package dev.fader.model.adapter;

import dev.fader.adapter.LowRankAdapter;
import dev.fader.adapter.LowRankDifference;
import dev.fader.adapter.ModelAdapter;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// PiSSA and OLoRA as files have them: LoRA of twice the rank, `[B, -B0] [A; A0]`, which is what
/// peft writes with `path_initial_model_for_weight_conversion`. It opens on the model as it is, and
/// holds all that learning goes on from.
final class ConvertedLora {
  private ConvertedLora() {}

  /// Whether an adapter's file has another form than the adapter in memory.
  static boolean needs(AdapterConfig config) {
    return config.method() instanceof LoraMethod lora && lora.init().takesFromWeight();
  }

  /// The configuration of the file: twice the ranks, and alphas that keep the scale.
  static AdapterConfig config(AdapterConfig config) {
    if (!(config.method() instanceof LoraMethod lora) || !needs(config)) {
      return config;
    }
    double factor = lora.variant().rootOfRank() ? Math.sqrt(2) : 2;
    var ranks = lora.ranks();
    var rankOf = new LinkedHashMap<String, Integer>();
    ranks.rankOf().forEach((name, rank) -> rankOf.put(name, 2 * rank));
    var alphaOf = new LinkedHashMap<String, Double>();
    ranks.alphaOf().forEach((name, alpha) -> alphaOf.put(name, factor * alpha));
    var doubled = new Ranks(2 * ranks.rank(), factor * ranks.alpha(), rankOf, alphaOf);
    return new AdapterConfig(
        new LoraMethod(
            doubled,
            lora.variant(),
            LoraInit.USUAL,
            lora.tokens(),
            lora.parameters(),
            lora.invocation()),
        config.targets(),
        config.learnedWhole(),
        config.origin());
  }

  /// What a tensor has in the file behind what is learned: the factors that the adapter began with,
  /// by the name of the tensor.
  static Map<String, Half> halves(ModelAdapter adapter) {
    var halves = new HashMap<String, Half>();
    adapter
        .projections()
        .forEach((module, one) -> {
          if (one instanceof LowRankDifference(_, Tensor firstDown, Tensor takenUp)) {
            String prefix = AdapterBuilder.PREFIX + module + ".";
            halves.put(prefix + LowRankAdapter.DOWN, new Half(firstDown, false));
            halves.put(prefix + LowRankAdapter.UP, new Half(takenUp, true));
          }
        });
    return halves;
  }

  /// One of the two factors as it was.
  ///
  /// @param first A0 (rank, in), or `-B0` (out, rank)
  /// @param beside whether it stands beside what is learned, not below
  record Half(Tensor first, boolean beside) {
    /// The shape of both together.
    Shape shape() {
      long rows = first.shape().dimension(0);
      long columns = first.shape().dimension(1);
      return beside ? Shape.of(rows, 2 * columns) : Shape.of(2 * rows, columns);
    }

    /// Writes what is learned, and this, to `whole`.
    void join(Tensor learned, Tensor whole) {
      part(whole, 0, learned, false);
      part(whole, 1, first, false);
    }

    /// Reads what is learned, and this, from `whole`.
    void split(Tensor whole, Tensor learned) {
      part(whole, 0, learned, true);
      part(whole, 1, first, true);
    }

    private void part(Tensor whole, int number, Tensor half, boolean read) {
      int rows = half.shape().size(0);
      int columns = half.shape().size(1);
      if (!whole.shape().equals(shape())) {
        throw new IllegalArgumentException(
            "%s does not hold two of %s".formatted(whole.shape(), half.shape()));
      }
      var row = new float[columns];
      for (long i = 0; i < rows; i++) {
        long at = beside ? (2 * i + number) * columns : ((long) number * rows + i) * columns;
        if (read) {
          whole.read(at, row, 0, columns);
          half.write(i * columns, row, 0, columns);
        } else {
          half.read(i * columns, row, 0, columns);
          whole.write(at, row, 0, columns);
        }
      }
    }
  }
}
