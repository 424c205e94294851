package dev.fader.model.file;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.ModelAdapter;
import dev.fader.format.FormatException;
import dev.fader.model.Parameters;
import dev.fader.model.adapter.AdapterDirectory;
import dev.fader.model.adapter.LoadedAdapter;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;

/// Opens adapters of one model.
///
/// @param base its parameters
/// @param arena for the numbers of the adapters
record AdapterOpening(Parameters base, TensorArena arena) {
  /// An adapter as it was read.
  ///
  /// @throws NoSuchFileException if there is none
  /// @throws FormatException if it is no adapter, or one of its files is damaged
  /// @throws AdapterException if it does not fit the model
  LoadedAdapter read(AdapterSource source) throws IOException {
    var path = source.path();
    if (!Files.exists(path)) {
      throw new NoSuchFileException(
          path.toString(),
          null,
          "there is no adapter: name a directory with adapter_config.json and"
              + " adapter_model.safetensors");
    }
    if (!AdapterDirectory.isAdapter(path)) {
      throw new FormatException(
          path,
          "not an adapter, it has no adapter_config.json: name a directory that peft or a"
              + " tuning run wrote");
    }
    try {
      return AdapterDirectory.read(path, base, arena);
    } catch (AdapterException wrong) {
      throw at(source, wrong);
    }
  }

  /// What it changes in the model, as strongly as was asked for.
  ///
  /// @throws AdapterException if that cannot be
  ModelAdapter use(LoadedAdapter loaded, AdapterSource source) {
    try {
      return loaded.adapter().scaled(source.scale());
    } catch (AdapterException wrong) {
      throw at(source, wrong);
    }
  }

  private static AdapterException at(AdapterSource source, AdapterException wrong) {
    return new AdapterException(source.path() + ": " + wrong.getMessage());
  }
}
