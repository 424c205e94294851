package dev.fader.app.studio.board;

import dev.fader.serve.model.ServedModels;

/// The threads on which the board computes, so that what is slow does not hold up what is quick,
/// and threads that serve requests do neither.
final class Lanes {
  private final Lane turning;
  private final Lane reading;
  private final Lane writing;

  /// @param models that stop everything when they are closed
  Lanes(ServedModels models) {
    this.turning = new Lane("fader-board", models::isClosed);
    this.reading = new Lane("fader-board-reading", models::isClosed);
    this.writing = new Lane("fader-board-export", models::isClosed);
  }

  /// For what follows a moving fader.
  Lane turning() {
    return turning;
  }

  /// For slopes and losses.
  Lane reading() {
    return reading;
  }

  /// For models that are written.
  Lane writing() {
    return writing;
  }
}
