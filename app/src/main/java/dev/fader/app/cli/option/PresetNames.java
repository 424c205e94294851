package dev.fader.app.cli.option;

import dev.fader.train.recipe.Preset;
import java.util.Arrays;
import java.util.Iterator;

/// The presets, for the help.
final class PresetNames implements Iterable<String> {
  PresetNames() {}

  @Override
  public Iterator<String> iterator() {
    return Arrays.stream(Preset.values()).map(Preset::title).iterator();
  }
}
