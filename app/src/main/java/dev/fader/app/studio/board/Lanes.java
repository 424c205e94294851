package dev.fader.app.studio.board;

import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/// The threads on which the board computes, so that what is slow does not hold up what is quick,
/// nor one model another, and threads that serve requests do neither. There are no more lanes than
/// models are served, and one that has nothing to do has no thread.
final class Lanes {
  private final BooleanSupplier ending;
  private final Map<String, Lane> turning = new ConcurrentHashMap<>(); // by model
  private final Map<String, Lane> reading = new ConcurrentHashMap<>();
  private final Lane writing;

  /// @param models that stop everything when they are closed
  Lanes(ServedModels models) {
    this.ending = models::isClosed;
    this.writing = new Lane("fader-board-export", ending);
  }

  /// For what follows a moving fader.
  Lane turning(ModelLease lease) {
    return of(turning, lease, "fader-board");
  }

  /// For slopes and losses.
  Lane reading(ModelLease lease) {
    return of(reading, lease, "fader-board-reading");
  }

  private Lane of(Map<String, Lane> lanes, ModelLease lease, String name) {
    return lanes.computeIfAbsent(lease.model().name(), _ -> new Lane(name, ending));
  }

  /// For models that are written.
  Lane writing() {
    return writing;
  }
}
