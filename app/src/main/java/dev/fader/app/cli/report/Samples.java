package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.Generator;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Session;
import dev.fader.generate.Temperature;
import dev.fader.generate.Truncation;
import dev.fader.kernel.Engine;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.TrainingRun;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A little text that the model writes while it learns, so that one sees it learn.
final class Samples {
  private static final int TOKENS = 100;
  private static final SamplerSettings SETTINGS =
      SamplerSettings.DEFAULTS
          .withTemperature(new Temperature(0.8f))
          .withTruncation(Truncation.Cuts.NONE.withTopP(0.95f))
          .withSeed(1234);

  private final TrainingRun run;
  private final TrainingRun.Task task;
  private final Engine engine;
  private final Optional<String> prompt;

  Samples(TrainingRun run, TrainingRun.Task task, Engine engine, Optional<String> prompt) {
    this.run = run;
    this.task = task;
    this.engine = engine;
    this.prompt = prompt;
  }

  /// The prompt and what the model makes of it; empty without a tokenizer.
  Optional<String> write() {
    return task.tokenizer().map(this::write);
  }

  private String write(Tokenizer tokenizer) {
    int context = task.model().context();
    var tokens = tokens(tokenizer, context);
    int capacity = Math.min(context, tokens.length + TOKENS);
    var ends = tokenizer.endOfText();
    var settings =
        new GenerationSettings(
            Math.max(1, capacity - tokens.length),
            List.of(),
            ends.isPresent() ? List.of(ends.getAsInt()) : List.of(),
            SETTINGS);
    try (var session = new Session(run.decoder(), engine.kernels(), engine.memory(), capacity)) {
      var text =
          new Generator(session, Optional.of(tokenizer), settings).generate(tokens, piece -> {});
      return WrittenText.printable(prompt.orElse("") + text.text());
    }
  }

  private int[] tokens(Tokenizer tokenizer, int context) {
    if (prompt.isPresent() && !prompt.get().isEmpty()) {
      var tokens = tokenizer.withPrefixTokens(tokenizer.encode(prompt.get()));
      int most = Math.max(1, context / 2);
      return tokens.length <= most ? tokens : Arrays.copyOf(tokens, most);
    }
    var before = tokenizer.prefixTokens();
    return before.length > 0 ? before : new int[] {start(tokenizer)};
  }

  private static int start(Tokenizer tokenizer) {
    OptionalInt start = tokenizer.beginOfText();
    return start.isPresent() ? start.getAsInt() : tokenizer.endOfText().orElse(0);
  }
}
