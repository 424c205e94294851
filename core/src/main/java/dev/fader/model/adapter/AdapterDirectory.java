package dev.fader.model.adapter;

import dev.fader.format.DurableDirectory;
import dev.fader.format.FileContent;
import dev.fader.format.FormatException;
import dev.fader.format.JsonFile;
import dev.fader.format.SafetensorsContent;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// Directories of peft (github.com/huggingface/peft): `adapter_config.json` and
/// `adapter_model.safetensors`.
public final class AdapterDirectory {
  /// The configuration.
  public static final String CONFIG = "adapter_config.json";

  /// The numbers.
  public static final String WEIGHTS = "adapter_model.safetensors";

  private AdapterDirectory() {}

  /// Whether there is an adapter in `directory`.
  public static boolean isAdapter(Path directory) {
    return Files.isRegularFile(directory.resolve(CONFIG));
  }

  /// Reads only what the adapter is.
  ///
  /// @throws java.nio.file.NoSuchFileException if there is no adapter
  /// @throws FormatException if the configuration is wrong or not supported
  public static AdapterConfig readConfig(Path directory) throws IOException {
    Path file = directory.resolve(CONFIG);
    return AdapterConfig.read(file, JsonFile.read(file));
  }

  /// Reads an adapter of the model `base` for use: nothing in it is learned.
  ///
  /// @param values for its numbers
  /// @throws java.nio.file.NoSuchFileException if there is none
  /// @throws FormatException if a file is broken, or its tensors are not those that the
  ///   configuration asks for
  /// @throws dev.fader.adapter.AdapterException if it does not fit the model
  public static LoadedAdapter read(Path directory, Parameters base, TensorArena values)
      throws IOException {
    return new AdapterReader(directory, base).read(values, Optional.empty());
  }

  /// The same for training, which changes it.
  ///
  /// @param gradients for those of its numbers
  public static LoadedAdapter readLearned(
      Path directory, Parameters base, TensorArena values, TensorArena gradients)
      throws IOException {
    return new AdapterReader(directory, base).read(values, Optional.of(gradients));
  }

  /// Writes an adapter, with `base_model_name_or_path` and all else that peft 0.21 writes. An older
  /// one in its place is replaced when the new one is complete.
  ///
  /// @param model that it changes
  public static void write(Path directory, LoadedAdapter adapter, ModelConfig model)
      throws IOException {
    try (var target = DurableDirectory.create(directory)) {
      write(target, adapter, model);
      target.commit();
    }
  }

  /// Writes the two files of an adapter into a directory that has others, too.
  public static void write(DurableDirectory directory, LoadedAdapter adapter, ModelConfig model)
      throws IOException {
    for (var file : files(adapter, model).entrySet()) {
      directory.write(file.getKey(), file.getValue());
    }
  }

  /// The two files of an adapter; tensors are read when the files are written.
  public static SequencedMap<String, FileContent> files(LoadedAdapter adapter, ModelConfig model) {
    return files(adapter, model, new KeptRanks(new LinkedHashMap<>()));
  }

  /// The same of AdaLoRA without the ranks that were taken away.
  public static SequencedMap<String, FileContent> files(
      LoadedAdapter adapter, ModelConfig model, KeptRanks kept) {
    var files = new LinkedHashMap<String, FileContent>();
    var config = kept.config(ConvertedLora.config(adapter.config()));
    files.put(WEIGHTS, new SafetensorsContent(AdapterFile.tensors(adapter, model, kept)));
    files.put(CONFIG, JsonFile.content(config.json(model)));
    return files;
  }
}
