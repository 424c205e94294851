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
public final class Samples {
  /// What the model writes on from.
  ///
  /// @param text what is shown of it before what the model makes of it
  /// @param ends tokens that end what is written
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  public record Prompt(String text, int[] ids, List<Integer> ends, Tokenizer tokenizer) {}

  private static final int TOKENS = 100;
  private static final SamplerSettings SETTINGS =
      SamplerSettings.DEFAULTS
          .withTemperature(new Temperature(0.8f))
          .withTruncation(Truncation.Cuts.NONE.withTopP(0.95f))
          .withSeed(1234);

  private final TrainingRun run;
  private final Engine engine;
  private final Optional<Prompt> prompt;

  Samples(TrainingRun run, Engine engine, Optional<Prompt> prompt) {
    this.run = run;
    this.engine = engine;
    this.prompt = prompt;
  }

  /// A text, or the beginning of one; empty without a tokenizer.
  public static Optional<Prompt> prompt(String text, Optional<Tokenizer> tokenizer, int context) {
    return tokenizer.map(known -> {
      var end = known.endOfText();
      return new Prompt(
          text,
          tokens(text, known, context),
          end.isPresent() ? List.of(end.getAsInt()) : List.of(),
          known);
    });
  }

  /// The prompt and what the model makes of it, if it writes. A rank that has only its share of the
  /// weights cannot.
  Optional<String> write() {
    return prompt.filter(_ -> run.canGenerate()).map(this::write);
  }

  private String write(Prompt given) {
    int context = run.decoder().config().context();
    var tokens = given.ids;
    int capacity = Math.min(context, tokens.length + TOKENS);
    var settings =
        new GenerationSettings(
            Math.max(1, capacity - tokens.length), List.of(), given.ends, SETTINGS);
    try (var session = new Session(run.decoder(), engine.kernels(), engine.memory(), capacity)) {
      var text =
          new Generator(session, Optional.of(given.tokenizer), settings)
              .generate(tokens, piece -> {});
      return WrittenText.printable(given.text + text.text());
    }
  }

  private static int[] tokens(String text, Tokenizer tokenizer, int context) {
    if (!text.isEmpty()) {
      var tokens = tokenizer.withPrefixTokens(tokenizer.encode(text));
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
