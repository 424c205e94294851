package dev.fader.model.gguf;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;

/// The tensors of a GGUF file under the names of the parameter table. Matrices are used in place,
/// quantized or not; only small and transposed tensors are copied.
public final class GgufTensorReader {
  /// Rows transposed together: they fill a cache line of the target.
  private static final int TOGETHER = 16;

  private static final Pattern LAYER = Pattern.compile("blk\\.(\\d{1,9})\\.(.*)");

  private final GgufFile file;
  private final ModelConfig config;
  private final GgufTensorNames names;
  private final TensorArena arena;
  private final Set<String> used = new HashSet<>();

  private GgufTensorReader(GgufFile file, ModelConfig config, TensorArena arena)
      throws FormatException {
    this.file = file;
    this.config = config;
    this.names =
        new GgufTensorNames(GgufArchitecture.of(ArchitectureMetadata.of(file.metadata())), config);
    this.arena = arena;
  }

  /// The weights of the model `config`, which was read from `file`; copies are allocated in
  /// `arena`.
  ///
  /// @throws FormatException if one is missing, or its shape differs from the metadata
  public static SequencedMap<String, Tensor> of(
      GgufFile file, ModelConfig config, TensorArena arena) throws FormatException {
    Parameters.requireRoom(config, file.tensors().size());
    var weights = new GgufTensorReader(file, config, arena);
    var tensors = new LinkedHashMap<String, Tensor>();
    for (var spec : ParameterLayout.of(config)) {
      tensors.put(spec.name(), weights.tensor(spec));
    }
    weights.requireNothingElse();
    return tensors;
  }

  /// Refuses unused tensors, such as a bias or a scale, which would change the model's output.
  private void requireNothingElse() throws FormatException {
    for (String name : file.names()) {
      if (!used.contains(name) && !isIdle(name)) {
        throw new FormatException(
            file.path(),
            "tensor " + FormatException.quoted(name),
            "has no place in the family '%s', and a model without it would not be this one"
                .formatted(config.family()));
      }
    }
  }

  /// Unused tensors that are expected: factors of rotary positions, the unused form of the latent's
  /// matrix, multi-token prediction layers (DeepSeek-V3).
  private boolean isIdle(String name) {
    var layer = LAYER.matcher(name);
    return name.startsWith("rope_")
        || (layer.matches()
            && (Long.parseLong(layer.group(1)) >= config.layers()
                || layer.group(2).matches("attn_(k_b|v_b|kv_b|rot_embd)\\.weight|rope_.*")));
  }

  private Tensor tensor(ParameterSpec spec) throws FormatException {
    String name =
        spec.role() == Role.TOKEN_EMBEDDING ? GgufConfigReader.embedding(file) : names.name(spec);
    if (spec.role() == Role.KEY_VALUE_UP && file.find(name).isEmpty()) {
      return GgufLatent.keyValueUp(file, config, spec, arena);
    }
    var tensor = file.tensor(name);
    used.add(name);
    boolean transposed = isTransposed(spec);
    requireShape(name, tensor.shape(), transposed ? transposed(spec.shape()) : spec.shape());
    if (transposed) {
      return transpose(tensor, spec.shape());
    }
    boolean inPlace =
        tensor.type() == DType.FLOAT32
            || (spec.shape().rank() >= 2 && spec.role() != Role.POSITION_EMBEDDING && !spec.bias());
    return inPlace ? tensor : arena.allocate(DType.FLOAT32, spec.shape()).copyFrom(tensor);
  }

  /// GPT-2's projections are (in, out) in its own files, and (out, in) here.
  private boolean isTransposed(ParameterSpec spec) {
    return config.family().equals("gpt2") && isProjection(spec);
  }

  static boolean isProjection(ParameterSpec spec) {
    return switch (spec.role()) {
      case QUERY_KEY_VALUE, ATTENTION_OUTPUT, UP, DOWN -> !spec.bias();
      default -> false;
    };
  }

  private static Shape transposed(Shape shape) {
    return Shape.of(shape.dimension(1), shape.dimension(0));
  }

  private void requireShape(String name, Shape found, Shape needed) throws FormatException {
    if (!found.equals(needed)) {
      throw new FormatException(
          file.path(),
          "tensor " + FormatException.quoted(name),
          "has shape %s, and the metadata asks for %s".formatted(found, needed));
    }
  }

  /// Reads the source row by row, so that each block is decoded once.
  private Tensor transpose(Tensor source, Shape shape) {
    int rows = shape.size(0);
    int columns = shape.size(1);
    var target = arena.allocate(DType.FLOAT32, shape);
    var lines = new float[Math.multiplyExact(TOGETHER, rows)];
    var run = new float[TOGETHER];
    for (int first = 0; first < columns; first += TOGETHER) {
      int count = Math.min(TOGETHER, columns - first);
      source.read((long) first * rows, lines, 0, count * rows);
      for (int row = 0; row < rows; row++) {
        for (int i = 0; i < count; i++) {
          run[i] = lines[i * rows + row];
        }
        target.write((long) row * columns + first, run, 0, count);
      }
    }
    return target;
  }
}
