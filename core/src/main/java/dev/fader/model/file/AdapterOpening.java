package dev.fader.model.file;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.ModelAdapter;
import dev.fader.format.FormatException;
import dev.fader.model.Parameters;
import dev.fader.model.adapter.LoadedAdapter;
import dev.fader.model.adapter.StoredAdapter;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Opens adapters of one model.
///
/// @param model where it was opened
/// @param base its parameters
/// @param arena for the numbers of the adapters
record AdapterOpening(Path model, Parameters base, TensorArena arena) {
  /// An adapter as it was read.
  ///
  /// @throws NoSuchFileException if there is none
  /// @throws FormatException if it is no adapter, or one of its files is damaged
  /// @throws AdapterException if it does not fit the model
  LoadedAdapter read(AdapterSource source) throws IOException {
    var stored = StoredAdapter.of(source.path());
    try {
      var loaded = stored.read(base, arena);
      loaded.config().origin().warnUnlessFor(model, source.path());
      return loaded;
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
