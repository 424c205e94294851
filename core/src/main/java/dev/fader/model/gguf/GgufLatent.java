package dev.fader.model.gguf;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;

/// Latent attention as files since 2025 store it: the projection from the latent to keys and values
/// in two matrices, that of the keys transposed per head so that it can be applied to the queries.
final class GgufLatent {
  private GgufLatent() {}

  /// The fused matrix: for each head the rows of its keys without positions, then those of its
  /// values (heads * (plain + value), rank).
  static Tensor keyValueUp(GgufFile file, ModelConfig config, ParameterSpec spec, TensorArena arena)
      throws FormatException {
    var latent = config.attention().latent().orElseThrow();
    int heads = config.attention().heads();
    int rank = latent.keyValueRank();
    var keys = part(file, "k", spec.layer(), Shape.of(heads, rank, latent.nopeSize()));
    var values = part(file, "v", spec.layer(), Shape.of(heads, latent.valueSize(), rank));
    var target = arena.allocate(DType.FLOAT32, spec.shape());
    int rowsPerHead = latent.nopeSize() + latent.valueSize();
    int plain = latent.nopeSize();
    for (int head = 0; head < heads; head++) {
      long first = (long) head * rowsPerHead * rank;
      for (int i = 0; i < rank; i++) {
        for (int k = 0; k < plain; k++) {
          target.set(first + (long) k * rank + i, keys.get(((long) head * rank + i) * plain + k));
        }
      }
      long values0 = (long) head * latent.valueSize() * rank;
      for (long i = 0; i < (long) latent.valueSize() * rank; i++) {
        target.set(first + (long) plain * rank + i, values.get(values0 + i));
      }
    }
    return target;
  }

  private static Tensor part(GgufFile file, String letter, int layer, Shape shape)
      throws FormatException {
    String name = "blk.%d.attn_%s_b.weight".formatted(layer, letter);
    var tensor = file.tensor(name);
    if (!tensor.shape().equals(shape)) {
      throw new FormatException(
          file.path(),
          "tensor " + FormatException.quoted(name),
          "has shape %s, and the metadata asks for %s".formatted(tensor.shape(), shape));
    }
    return tensor;
  }
}
