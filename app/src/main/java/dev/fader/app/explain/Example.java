package dev.fader.app.explain;

import dev.fader.kernel.Engine;
import java.util.function.Consumer;

/// Something that a word means, computed before one's eyes.
@FunctionalInterface
interface Example {
  /// Computes it in a few seconds and says what came of it, line by line.
  void run(Engine engine, Consumer<String> lines);
}
