package dev.fader.app.cli.command;

import dev.fader.GenerationOptions;
import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.MixOption;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.PromptOptions;
import dev.fader.app.cli.option.SamplingOptions;
import dev.fader.app.cli.option.SessionOptions;
import dev.fader.app.cli.option.SpeedOptions;
import dev.fader.app.cli.report.GenerationReport;
import dev.fader.app.cli.terminal.Interrupts;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.Json;
import dev.fader.generate.Generation;
import dev.fader.generate.Generator;
import dev.fader.generate.TextDelimiters;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader generate`: writes on from a prompt.
@Command(
    name = "generate",
    customSynopsis = "fader generate MODEL [PROMPT] [OPTION...]",
    description =
        "Writes on from a prompt: 200 tokens, or as many as fit into the model's context, at"
            + " temperature 0.8, if nothing else is said.")
public final class GenerateCommand implements Callable<Integer> {
  private static final GenerationOptions DEFAULTS = GenerationOptions.OF_TEXT;

  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PROMPT",
      description = "The text to go on from; it may also come through a pipe.")
  private @Nullable String text;

  @Mixin private PromptOptions prompt;
  @Mixin private SamplingOptions sampling;
  @Mixin private SpeedOptions speed;
  @Mixin private SessionOptions sessions;
  @Mixin private AdapterOptions adapters;
  @Mixin private MixOption mix;
  @Mixin private EngineOptions engineOptions;

  @Option(
      names = "--json",
      description =
          "One JSON object on standard output and nothing else. Its stop_reason is end_token,"
              + " stop_text, grammar, length, context or interrupted.")
  private boolean json;

  GenerateCommand() {}

  @Override
  public Integer call() throws IOException {
    sessions.check();
    var asked = sampling.settings(DEFAULTS);
    try (var engine = engineOptions.open();
        var base = speed.open(model, engine);
        var opened = adapters.beside(base, mix.read(), engine)) {
      var tokens = prompt.tokens(opened, text);
      int context = opened.config().context();
      // The last token that is written is not read: there is room for one more.
      int room = Math.max(1, context - tokens.length + 1);
      var settings =
          sampling.limitsTokens() ? asked : asked.withMaxTokens(Math.min(asked.maxTokens(), room));
      int capacity = (int) Math.min(context, (long) tokens.length + settings.maxTokens());
      try (var session = sessions.open(opened, engine, capacity, DType.FLOAT16);
          var drafting = speed.open(engine, capacity, sessions)) {
        var ended = sampling.fitted(settings, opened, TextDelimiters.ends(opened));
        var generator = new Generator(session, opened.tokenizer(), ended, drafting.drafter());
        return write(generator, tokens, opened);
      }
    }
  }

  private int write(Generator generator, int[] tokens, LoadedModel opened) {
    var out = spec.commandLine().getOut();
    Generation generation;
    try (var _ = new Interrupts(generator::interrupt)) {
      generation = generator.generate(tokens, json ? text -> {} : WrittenText.to(out));
    }
    if (json) {
      out.println(Json.text(Json.of(generation)));
    } else if (opened.tokenizer().isEmpty()) {
      out.println(generation.ids().stream().map(String::valueOf).collect(Collectors.joining(" ")));
    } else if (!generation.text().endsWith("\n")) {
      out.println();
    }
    out.flush();
    if (!json) {
      report(generation, opened);
    }
    return generation.stopReason() == Generation.StopReason.INTERRUPTED ? Interrupts.EXIT_CODE : 0;
  }

  private void report(Generation generation, LoadedModel opened) {
    var err = spec.commandLine().getErr();
    int context = opened.config().context();
    boolean isFull =
        generation.stopReason() == Generation.StopReason.CONTEXT
            || (generation.stopReason() == Generation.StopReason.LENGTH
                && !sampling.limitsTokens()
                && generation.ids().size() < DEFAULTS.maxTokens());
    err.printf(
        Locale.ROOT,
        "%s%s%n",
        GenerationReport.rates(generation, false),
        isFull
            ? String.format(Locale.ROOT, "; the model's context of %,d tokens is full", context)
            : "");
  }
}
