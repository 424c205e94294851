package dev.fader.app.cli;

import dev.fader.generate.Generation;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.Generator;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Session;
import dev.fader.generate.Temperature;
import dev.fader.model.LanguageModel;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fader generate`: writes on from a prompt.
@Command(
    name = "generate",
    customSynopsis = "fader generate MODEL [--prompt TEXT | --ids ID,...] [OPTION...]",
    description =
        "Writes on from a prompt: 200 tokens at temperature 0.8, if nothing else is said.")
final class GenerateCommand implements Callable<Integer> {
  private static final GenerationSettings DEFAULTS =
      new GenerationSettings(
          200,
          List.of(),
          List.of(),
          SamplerSettings.DEFAULTS.withTemperature(new Temperature(0.8f)));

  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;

  @Mixin private PromptOptions prompt;
  @Mixin private SamplingOptions sampling;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  GenerateCommand() {}

  @Override
  public Integer call() throws IOException {
    var settings = sampling.settings(DEFAULTS);
    try (var engine = engineOptions.open();
        var opened = model.open(engine)) {
      var tokens = prompt.tokens(opened);
      int context = opened.config().context();
      int capacity = (int) Math.min(context, (long) tokens.length + settings.maxTokens());
      try (var session =
          new Session(opened.decoder(), engine.kernels(), engine.memory(), capacity)) {
        var ended = sampling.fitted(settings, opened);
        return write(new Generator(session, opened.tokenizer(), ended), tokens, opened);
      }
    }
  }

  private int write(Generator generator, int[] tokens, LanguageModel opened) {
    var out = spec.commandLine().getOut();
    Generation generation;
    try (var _ = new Interrupts(generator::interrupt)) {
      generation = generator.generate(tokens, json ? text -> {} : WrittenText.to(out));
    }
    if (json) {
      out.println(Json.text(Json.of(generation)));
    } else if (opened.tokenizer().isEmpty()) {
      out.println(generation.ids().stream().map(String::valueOf).collect(Collectors.joining(" ")));
    } else {
      out.println();
    }
    if (!json) {
      report(generation, opened);
    }
    return generation.stopReason() == Generation.StopReason.INTERRUPTED ? Interrupts.EXIT_CODE : 0;
  }

  private void report(Generation generation, LanguageModel opened) {
    var err = spec.commandLine().getErr();
    if (generation.stopReason() == Generation.StopReason.CONTEXT) {
      err.printf(
          Locale.ROOT,
          "fader: stopped at the end of the model's context of %d tokens%n",
          opened.config().context());
    }
    err.printf(
        Locale.ROOT,
        "prompt: %d tokens, %.0f tokens/s; written: %d tokens, %.0f tokens/s%n",
        generation.promptTokens(),
        generation.readTokens() / generation.promptSeconds(),
        generation.ids().size(),
        generation.ids().size() / generation.seconds());
  }
}
