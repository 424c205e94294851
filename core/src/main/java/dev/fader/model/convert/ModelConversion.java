package dev.fader.model.convert;

import dev.fader.format.DurableDirectory;
import dev.fader.format.DurableFile;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorContent;
import dev.fader.format.TensorFile;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.ChatTemplates;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.gguf.GgufConfigReader;
import dev.fader.model.gguf.GgufConfigWriter;
import dev.fader.model.gguf.GgufTensorReader;
import dev.fader.model.gguf.GgufTensorWriter;
import dev.fader.model.gguf.HuggingFaceTensorWriter;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Converts a model between a Hugging Face directory and a GGUF file, with tokenizer and chat
/// template. Tensors are streamed one at a time; the result is written atomically.
public final class ModelConversion {
  private static final String WEIGHTS = "model.safetensors";

  private final Path in;
  private final Path out;
  private final Optional<DType> type;
  private final Progress progress;

  /// Receives progress.
  @FunctionalInterface
  public interface Progress {
    /// Called after every few megabytes.
    ///
    /// @param bytes of tensors written so far
    /// @param total bytes of all tensors
    void written(long bytes, long total);
  }

  /// The result.
  ///
  /// @param model its configuration
  /// @param tensors how many
  /// @param bytes total size of the tensors
  public record Summary(ModelConfig model, int tensors, long bytes) {}

  /// A conversion of the model `in`, a directory or a GGUF file, to `out`.
  ///
  /// @param type of the matrices in the result: `FLOAT32`, `FLOAT16` or `BFLOAT16`; empty to keep
  ///   the stored type, except that quantized ones become float32 in a directory
  public ModelConversion(Path in, Path out, Optional<DType> type, Progress progress) {
    this.in = in;
    this.out = out;
    this.type = type;
    this.progress = progress;
    type.ifPresent(wanted -> {
      if (wanted != DType.FLOAT32 && wanted != DType.FLOAT16 && wanted != DType.BFLOAT16) {
        throw new IllegalArgumentException(
            wanted + " is not a type to convert to: use FLOAT32, FLOAT16 or BFLOAT16");
      }
    });
  }

  /// Converts. An existing file or directory is replaced when the new one is complete.
  ///
  /// @throws IOException if a file cannot be read or written
  /// @throws dev.fader.model.ModelConfigException if the other layout cannot express the model
  public Summary run() throws IOException {
    try (var arena = TensorMemory.unlimited().open("conversion")) {
      return Files.isDirectory(in) ? toGguf(arena) : toDirectory(arena);
    }
  }

  private Summary toGguf(TensorArena arena) throws IOException {
    try (var file = TensorFile.open(in)) {
      var config = HuggingFaceConfig.read(in);
      var weights = Parameters.fixed(config, LoadedModel.tensors(file, arena));
      return toGguf(weights, ChatTemplates.of(in), arena);
    }
  }

  /// Converts the directory with other weights and chat templates.
  Summary run(Parameters weights, ChatTemplates templates) throws IOException {
    try (var arena = TensorMemory.unlimited().open("conversion")) {
      return toGguf(weights, templates, arena);
    }
  }

  private Summary toGguf(Parameters parameters, ChatTemplates templates, TensorArena arena)
      throws IOException {
    var config = parameters.config();
    var tensors = watched(GgufTensorWriter.of(parameters, type, arena));
    var fields = new GgufMetadataBuilder();
    GgufConfigWriter.write(config, fields);
    fields.text("general.name", String.valueOf(in.toAbsolutePath().normalize().getFileName()));
    fields.uint32("general.file_type", fileType(tensors.getFirst().type()));
    GgufConfigWriter.writeSpecialTokens(config.specialTokens(), fields);
    writeTokenizer(config, fields);
    templates.describe(fields);
    fields.uint32("general.quantization_version", 2);
    DurableFile.write(out, new GgufContent(fields, tensors));
    return summary(config, tensors);
  }

  private void writeTokenizer(ModelConfig config, GgufMetadataBuilder fields) throws IOException {
    var tokenizer = Tokenizer.find(in);
    if (tokenizer.isPresent()) {
      tokenizer.get().describe(fields, config.vocabularySize());
    } else {
      fields.text("tokenizer.ggml.model", "no_vocab");
    }
  }

  /// `llama_ftype`: the type of most matrices.
  static int fileType(DType type) {
    return switch (type) {
      case FLOAT16 -> 1;
      case BFLOAT16 -> 32;
      default -> 0;
    };
  }

  private Summary toDirectory(TensorArena arena) throws IOException {
    try (var file = GgufFile.open(in)) {
      var config = GgufConfigReader.read(file);
      var parameters = Parameters.fixed(config, GgufTensorReader.of(file, config, arena));
      var target = HuggingFaceTensorWriter.layout(config);
      var dtype = type.orElseGet(() -> commonType(parameters));
      var tensors = watched(HuggingFaceTensorWriter.of(parameters, dtype));
      try (var directory = DurableDirectory.create(out)) {
        directory.write(HuggingFaceConfig.NAME, HuggingFaceConfig.content(target, dtype));
        directory.write(
            HuggingFaceConfig.GENERATION_NAME, HuggingFaceConfig.generationContent(target));
        writeTokenizer(file, directory);
        for (var template : ChatTemplates.of(file.metadata()).files().entrySet()) {
          directory.write(template.getKey(), template.getValue());
        }
        directory.write(WEIGHTS, new SafetensorsContent(tensors));
        directory.commit();
      }
      return summary(target, tensors);
    }
  }

  /// The common type of all matrices, if a directory supports it.
  private static DType commonType(Parameters parameters) {
    var first = parameters.weight(Role.TOKEN_EMBEDDING).value().type();
    for (var spec : parameters.specs()) {
      boolean matrix = spec.shape().rank() >= 2 && spec.role() != Role.POSITION_EMBEDDING;
      var type = parameters.get(spec).value().type();
      if (matrix && spec.role() != Role.ROUTER && (type != first || type.isQuantized())) {
        return DType.FLOAT32;
      }
    }
    return first;
  }

  private static void writeTokenizer(GgufFile file, DurableDirectory directory) throws IOException {
    if (Tokenizer.isIn(file.metadata())) {
      for (var part : Tokenizer.of(file.metadata()).files().entrySet()) {
        directory.write(part.getKey(), part.getValue());
      }
    }
  }

  private static Summary summary(ModelConfig config, Collection<TensorContent> tensors) {
    return new Summary(
        config, tensors.size(), tensors.stream().mapToLong(TensorContent::bytes).sum());
  }

  /// The same tensors, reporting progress when they are written.
  private List<TensorContent> watched(List<TensorContent> tensors) {
    long total = tensors.stream().mapToLong(TensorContent::bytes).sum();
    var counter = new Counter(total);
    return tensors.stream().map(tensor -> tensor.withProgress(counter::add)).toList();
  }

  private final class Counter {
    private final long total;
    private long bytes;

    Counter(long total) {
      this.total = total;
    }

    void add(long written) {
      bytes += written;
      progress.written(bytes, total);
    }
  }
}
