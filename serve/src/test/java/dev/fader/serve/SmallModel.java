package dev.fader.serve;

import dev.fader.ModelOptions;
import dev.fader.Trainer;
import dev.fader.train.recipe.Hyperparameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/// A model that is learned in a moment, and writes for long.
public final class SmallModel {
  /// Of its context.
  public static final int TOKENS = 256;

  private SmallModel() {}

  /// How it is opened.
  public static ModelOptions options() {
    return new ModelOptions(1, 1L << 28);
  }

  /// Learns it and keeps it at `directory`.
  public static Path saved(Path directory) throws IOException {
    var texts =
        IntStream.range(0, 30)
            .mapToObj(i -> "the cat number %d sat on mat number %d.\n".formatted(i, i * 7 % 30))
            .toList();
    Trainer.on(List.copyOf(texts))
        .options(options())
        .steps(2)
        .depth(1)
        .with(Hyperparameter.CONTEXT, TOKENS)
        .with(Hyperparameter.BATCH, 1)
        .saveTo(directory)
        .train()
        .close();
    return directory;
  }
}
