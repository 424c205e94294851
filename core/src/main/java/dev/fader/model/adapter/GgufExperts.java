package dev.fader.model.adapter;

import dev.fader.adapter.ExpertAdapter;
import dev.fader.adapter.ModelAdapter;
import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import dev.fader.model.adapter.ExpertFactors.Part;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/// LoRA of experts in GGUF adapters: gate, up and down apart, each with the factors of all experts
/// of a layer one behind the other, as files of models have their matrices.
final class GgufExperts {
  private static final Pattern NAME =
      Pattern.compile("blk\\.(\\d{1,6})\\.ffn_(gate|up|down)_exps\\.weight");

  private final ModelConfig model;
  private final double alpha;
  private final TensorArena arena;

  /// Experts of `model`, to be written.
  ///
  /// @param alpha of the file
  GgufExperts(ModelConfig model, double alpha, TensorArena arena) {
    this.model = model;
    this.alpha = alpha;
    this.arena = arena;
  }

  /// Whether this is the name of the matrices of all experts of a layer.
  static boolean isName(String tensor) {
    return NAME.matcher(tensor).matches();
  }

  /// Adds what a file has for such a name.
  ///
  /// @throws FormatException if the factors do not fit together
  /// @throws dev.fader.adapter.AdapterException if they do not fit the model
  static void read(GgufFile file, String name, double alpha, ExpertFactors factors)
      throws FormatException {
    var match = NAME.matcher(name);
    if (!match.matches()) {
      throw new IllegalArgumentException(name);
    }
    var down = file.tensor(name + GgufAdapter.DOWN);
    var up = file.tensor(name + GgufAdapter.UP);
    boolean fits =
        down.shape().rank() == 3
            && up.shape().rank() == 3
            && down.shape().dimension(0) == up.shape().dimension(0)
            && down.shape().dimension(1) == up.shape().dimension(2);
    if (!fits) {
      throw new FormatException(
          file.path(),
          "tensor " + FormatException.quoted(name),
          "has factors of shapes %s and %s, and must have (experts, rank, in) and (experts, out, rank)"
              .formatted(down.shape(), up.shape()));
    }
    int layer = Integer.parseInt(match.group(1));
    var part = Part.of(match.group(2));
    float scale = alpha == 0 ? 1 : (float) (alpha / down.shape().dimension(1));
    for (int expert = 0; expert < down.shape().dimension(0); expert++) {
      factors.put(
          new ExpertFactors.Place(name, layer, expert, part),
          new ExpertFactors.Pair(matrix(down, expert), matrix(up, expert), scale));
    }
  }

  private static Tensor matrix(Tensor all, int expert) {
    return all.slice(expert, 1).reshape(all.shape().dimension(1), all.shape().dimension(2));
  }

  /// The tensors that a file has for an adapter of the experts of a layer.
  ///
  /// @param parameter its name, as [ModelAdapter#experts] has it
  SequencedMap<String, Tensor> tensors(String parameter, ExpertAdapter adapter) {
    int layer = Integer.parseInt(parameter.split("\\.", -1)[2]);
    var tensors = new LinkedHashMap<String, Tensor>();
    var down = adapter.down().value();
    long rank = down.shape().dimension(0) / adapter.experts();
    var first = down.reshape(adapter.experts(), rank, down.shape().dimension(1));
    if (parameter.endsWith("." + ModelAdapter.DOWN)) {
      put(tensors, layer, "down", first, up(adapter, new Rows(model.width(), 0, 1)));
      return tensors;
    }
    var experts = model.feedForward().experts(layer).orElseThrow();
    boolean alternate =
        model.names().has(Role.EXPERT_GATE_UP) && experts.layout() == Experts.Layout.INTERLEAVED;
    int width = experts.width();
    var gate = alternate ? new Rows(width, 0, 2) : new Rows(width, 0, 1);
    var second = alternate ? new Rows(width, 1, 2) : new Rows(width, width, 1);
    put(tensors, layer, "gate", first, up(adapter, gate));
    put(tensors, layer, "up", first, up(adapter, second));
    return tensors;
  }

  private static void put(
      SequencedMap<String, Tensor> tensors, int layer, String part, Tensor down, Tensor up) {
    String name = "blk.%d.ffn_%s_exps.weight".formatted(layer, part);
    tensors.put(name + GgufAdapter.DOWN, down);
    tensors.put(name + GgufAdapter.UP, up);
  }

  /// Some rows of B.
  private record Rows(int count, int first, int step) {}

  /// (experts, rows, rank)
  private Tensor up(ExpertAdapter adapter, Rows rows) {
    int experts = adapter.experts();
    var source = adapter.up().value(); // (out, rank * experts), in which experts take turns
    long columns = source.shape().dimension(1);
    long rank = columns / experts;
    double factor = adapter.scale() / (float) (alpha / rank);
    var all = arena.floats(experts, rows.count, rank);
    for (int expert = 0; expert < experts; expert++) {
      for (int i = 0; i < rows.count; i++) {
        long row = rows.first + (long) i * rows.step;
        for (long k = 0; k < rank; k++) {
          float value = source.get(row * columns + k * experts + expert);
          all.set(((long) expert * rows.count + i) * rank + k, (float) (factor * value));
        }
      }
    }
    return all;
  }
}
