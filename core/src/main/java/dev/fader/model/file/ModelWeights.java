package dev.fader.model.file;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.TensorFile;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.gguf.GgufConfigReader;
import dev.fader.model.gguf.GgufTensorReader;
import dev.fader.model.gguf.HuggingFaceTensorWriter;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.function.Predicate;

/// The weights of a stored model, for training to start from: a Hugging Face directory, or a GGUF
/// file, which is read in the layout of the equivalent directory.
public final class ModelWeights {
  private ModelWeights() {}

  /// The configuration of the model at `path`, as its directory has it.
  ///
  /// @throws FormatException if a file is truncated or inconsistent
  /// @throws ModelConfigException if its family is unknown
  /// @throws IOException if a file cannot be read
  public static ModelConfig config(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return HuggingFaceConfig.read(path);
    }
    try (var file = GgufFile.open(path)) {
      return HuggingFaceTensorWriter.layout(GgufConfigReader.read(file));
    }
  }

  /// Copies the weights into `parameters`; quantized blocks are decoded.
  ///
  /// @throws FormatException if a file is truncated
  /// @throws ModelConfigException if a tensor is missing or has another shape
  /// @throws IOException if a file cannot be read
  public static void copy(Path path, Parameters parameters) throws IOException {
    copy(path, parameters, spec -> true);
  }

  /// The same for those entries that are `wanted`.
  ///
  /// @throws FormatException if a file is truncated
  /// @throws ModelConfigException if a tensor is missing or has another shape
  /// @throws IOException if a file cannot be read
  public static void copy(Path path, Parameters parameters, Predicate<ParameterSpec> wanted)
      throws IOException {
    if (Files.isDirectory(path)) {
      try (var file = TensorFile.open(path)) {
        parameters.copyFrom(table(file, parameters.config()), wanted);
      }
      return;
    }
    try (var file = GgufFile.open(path);
        var arena = TensorMemory.unlimited().open("weights to begin with")) {
      HuggingFaceTensorWriter.copy(table(file, arena), parameters, wanted);
    }
  }

  /// Checks that the weights of `model` are present, before memory is allocated for them.
  ///
  /// @throws FormatException if a file is truncated
  /// @throws ModelConfigException if a tensor is missing or has another shape
  /// @throws IOException if a file cannot be read
  public static void require(Path path, ModelConfig model) throws IOException {
    if (Files.isDirectory(path)) {
      try (var file = TensorFile.open(path)) {
        table(file, model);
      }
    } else if (!ParameterLayout.of(config(path)).equals(ParameterLayout.of(model))) {
      throw new ModelConfigException(
          path + " holds the parameters of another configuration, which do not fit this one");
    }
  }

  private static Parameters table(TensorFile file, ModelConfig model) throws FormatException {
    var tensors = new LinkedHashMap<String, Tensor>();
    for (var tensor : file.tensors()) {
      if (tensor.type().isMultiplied()) {
        tensors.put(tensor.name(), tensor.mapped());
      }
    }
    return Parameters.fixed(model, tensors);
  }

  private static Parameters table(GgufFile file, TensorArena arena) throws FormatException {
    var config = GgufConfigReader.read(file);
    return Parameters.fixed(config, GgufTensorReader.of(file, config, arena));
  }
}
