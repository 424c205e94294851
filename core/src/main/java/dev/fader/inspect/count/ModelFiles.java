package dev.fader.inspect.count;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.JsonFile;
import dev.fader.format.TensorFile;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.gguf.GgufConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// Inspects model files without loading them: only headers are read.
public final class ModelFiles {
  /// The config.json fields for the number of experts and how many a token uses.
  private static final List<String> EXPERTS =
      List.of("num_local_experts", "num_experts", "n_routed_experts");

  private static final List<String> CHOSEN = List.of("num_experts_per_tok", "moe_top_k");

  private ModelFiles() {}

  /// The model at `path`: a model directory, a `config.json`, a safetensors or a GGUF file.
  ///
  /// @throws NoSuchFileException if it does not exist
  /// @throws FormatException if it is not a model, is truncated, or inconsistent
  public static ModelFacts read(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (Files.isDirectory(path)) {
      return directory(path);
    }
    if (GgufFile.isGguf(path)) {
      return gguf(path);
    }
    var lower = path.toString().toLowerCase(Locale.ROOT);
    if (lower.endsWith(".safetensors")) {
      return safetensors(path);
    }
    if (lower.endsWith(".json")) {
      return described(path, path, HuggingFaceConfig.read(path));
    }
    throw new FormatException(
        path, "is not a model: name a directory, a config.json, a .safetensors or a .gguf file");
  }

  private static ModelFacts directory(Path directory) throws IOException {
    boolean configured = Files.exists(directory.resolve(HuggingFaceConfig.NAME));
    var weights = weights(directory);
    if (!configured && weights.isEmpty()) {
      throw new FormatException(
          directory, "is not a model: it holds neither a config.json nor model.safetensors");
    }
    if (!configured) {
      return named(directory, weights.get(), 0, 0);
    }
    Path file = directory.resolve(HuggingFaceConfig.NAME);
    if (weights.isPresent() && !HuggingFaceConfig.knows(JsonFile.read(file))) {
      return named(directory, weights.get(), number(file, EXPERTS), number(file, CHOSEN));
    }
    var config = HuggingFaceConfig.read(directory);
    return weights.isEmpty()
        ? described(directory, file, config)
        : stored(directory, config, weights.get());
  }

  private static ModelFacts described(Path path, Path file, ModelConfig config)
      throws FormatException {
    return new ModelFacts(
        path.toString(),
        file.toString(),
        Optional.of(config),
        count(file, config),
        OptionalLong.empty());
  }

  private static ModelCount count(Path file, ModelConfig config) throws FormatException {
    try {
      return ModelCount.of(config);
    } catch (ModelConfigException tooLarge) {
      throw new FormatException(file, String.valueOf(tooLarge.getMessage()));
    }
  }

  /// The tensors of a file, and their size in bytes.
  private record Weights(List<ModelCount.Entry> tensors, long bytes) {
    long elements() {
      return tensors.stream().mapToLong(ModelCount.Entry::elements).reduce(0, Math::addExact);
    }
  }

  private static Optional<Weights> weights(Path directory) throws IOException {
    boolean there =
        Files.exists(directory.resolve("model.safetensors"))
            || Files.exists(directory.resolve("model.safetensors.index.json"));
    return there ? Optional.of(header(directory)) : Optional.empty();
  }

  private static Weights header(Path fileOrDirectory) throws IOException {
    try (var file = TensorFile.open(fileOrDirectory)) {
      var tensors = new ArrayList<ModelCount.Entry>();
      long bytes = 0;
      for (var tensor : file.tensors()) {
        tensors.add(new ModelCount.Entry(tensor.name(), tensor.shape()));
        bytes += tensor.data().byteSize();
      }
      return new Weights(tensors, bytes);
    }
  }

  /// A safetensors file, with the configuration beside it if it matches.
  private static ModelFacts safetensors(Path file) throws IOException {
    var beside = file.resolveSibling(HuggingFaceConfig.NAME);
    var weights = header(file);
    if (Files.exists(beside) && HuggingFaceConfig.knows(JsonFile.read(beside))) {
      var config = HuggingFaceConfig.read(beside);
      if (weights.elements() >= count(beside, config).trainable()) {
        return stored(file, config, weights);
      }
    }
    return named(file, weights, 0, 0);
  }

  private static ModelFacts stored(Path path, ModelConfig config, Weights weights)
      throws FormatException {
    var count = count(path, config);
    if (weights.elements() < count.trainable()) {
      throw new FormatException(
          path,
          "holds %d numbers, and its configuration describes %d: one of them belongs to another model"
              .formatted(weights.elements(), count.trainable()));
    }
    return new ModelFacts(
        path.toString(),
        path.toString(),
        Optional.of(config),
        count.withStored(weights.elements()),
        OptionalLong.of(weights.bytes));
  }

  private static ModelFacts named(Path path, Weights weights, long experts, long chosen)
      throws FormatException {
    if (weights.tensors.isEmpty()) {
      throw new FormatException(path, "is not a model: it holds no tensors");
    }
    return new ModelFacts(
        path.toString(),
        path + ", by the names of its tensors",
        Optional.empty(),
        TensorNames.count(weights.tensors, experts, Math.min(chosen, experts)),
        OptionalLong.of(weights.bytes));
  }

  private static long number(Path config, List<String> fields) throws IOException {
    var object = JsonFile.read(config);
    return fields.stream()
        .map(object::path)
        .filter(value -> value.isIntegralNumber() && value.canConvertToInt())
        .mapToLong(value -> value.longValue())
        .filter(value -> value > 0)
        .findFirst()
        .orElse(0);
  }

  private static ModelFacts gguf(Path path) throws IOException {
    try (var file = GgufFile.open(path)) {
      var tensors = new ArrayList<ModelCount.Entry>();
      long bytes = 0;
      for (var tensor : file.tensors()) {
        tensors.add(new ModelCount.Entry(tensor.name(), tensor.shape()));
        bytes += tensor.data().byteSize();
      }
      var metadata = file.metadata();
      if (GgufConfigReader.knows(metadata)) {
        return stored(path, GgufConfigReader.read(file), new Weights(tensors, bytes));
      }
      var architecture = metadata.text("general.architecture").orElse("");
      long experts = metadata.integer(architecture + ".expert_count").orElse(0);
      long chosen = metadata.integer(architecture + ".expert_used_count").orElse(0);
      if (experts < 0 || chosen < 0 || chosen > experts) {
        throw metadata.wrong(
            architecture + ".expert_used_count", "is %d of %d experts".formatted(chosen, experts));
      }
      return named(path, new Weights(tensors, bytes), experts, chosen);
    }
  }
}
