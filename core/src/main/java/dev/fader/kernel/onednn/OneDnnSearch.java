package dev.fader.kernel.onednn;

import java.util.Optional;

/// What came of looking for oneDNN.
///
/// @param library empty if there is none that can be used
/// @param reason which library was found, or why none can be used and what would help
public record OneDnnSearch(Optional<OneDnn> library, String reason) {
  static OneDnnSearch found(OneDnn library, String reason) {
    return new OneDnnSearch(Optional.of(library), reason);
  }

  static OneDnnSearch missing(String reason) {
    return new OneDnnSearch(Optional.empty(), reason);
  }
}
