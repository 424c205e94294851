package dev.fader.serve.model;

import java.time.Duration;
import java.util.Optional;

/// A model, whether it is open, and how many use it. Guarded by the lock of [ModelSlots].
final class ModelSlot {
  final ServedModel model;
  final float[] scales; // of its adapters where none is asked for by name
  final long bytes; // of its files, asked once: the lock is not held while a disk answers
  ModelStatus status = ModelStatus.UNLOADED;
  boolean tried; // to open it, whatever came of it
  Optional<OpenModel> open = Optional.empty(); // until it is closed, not only until that begins
  int users;
  long lastUse = System.nanoTime();
  Optional<Duration> kept = Optional.empty(); // open after its last use, if it was said

  ModelSlot(ServedModel model) {
    this.model = model;
    this.scales = new float[model.adapters().size()];
    this.bytes = model.bytes();
  }

  /// Whether it can be used.
  boolean isLoaded() {
    return status == ModelStatus.LOADED;
  }

  /// Whether it is open, and nobody uses it.
  boolean isFree() {
    return isLoaded() && users == 0;
  }

  boolean isClosing() {
    return open.isPresent() && !isLoaded();
  }

  /// Whether it is being opened or closed.
  boolean isMoving() {
    return status == ModelStatus.LOADING || isClosing();
  }

  /// Whether it is to stay open for ever.
  boolean stays() {
    return kept.filter(Duration::isNegative).isPresent();
  }
}
