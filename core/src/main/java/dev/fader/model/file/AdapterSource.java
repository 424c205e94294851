package dev.fader.model.file;

import java.nio.file.Path;

/// An adapter to be used beside a model.
///
/// @param path the directory of peft or mlx-lm, or the GGUF file, that it is in
/// @param scale what its effect is multiplied with: 1 for what was trained
public record AdapterSource(Path path, float scale) {
  /// @throws IllegalArgumentException if the scale is not a finite number
  public AdapterSource {
    if (!Float.isFinite(scale)) {
      throw new IllegalArgumentException(
          "scale is %s, and must be a finite number, such as 1 or 0.5".formatted(scale));
    }
  }

  /// The adapter as it was trained.
  public static AdapterSource of(Path path) {
    return new AdapterSource(path, 1);
  }

  /// The same with its effect multiplied by a gain.
  ///
  /// @throws IllegalArgumentException if that is no finite number
  public AdapterSource scaled(double gain) {
    return new AdapterSource(path, (float) (scale * gain));
  }
}
