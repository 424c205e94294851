package dev.fader;

import dev.fader.train.recipe.Hyperparameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/// Models that are learned in a second.
final class SmallModels {
  static final ModelOptions TWO_THREADS = new ModelOptions(2, 1L << 30);

  private SmallModels() {}

  static List<String> texts() {
    return IntStream.range(0, 60)
        .mapToObj(i -> "the cat number %d sat on mat number %d.\n".formatted(i, i * 7 % 60))
        .toList();
  }

  static Trainer trainer() {
    return Trainer.on(texts())
        .options(TWO_THREADS)
        .steps(12)
        .depth(1)
        .with(Hyperparameter.CONTEXT, 32)
        .with(Hyperparameter.BATCH, 4);
  }

  /// Learns a model and keeps it at `directory`.
  static Path saved(Path directory) throws IOException {
    trainer().saveTo(directory).train().close();
    return directory;
  }
}
