package dev.fader.app.cli;

import dev.fader.generate.Generation;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.Generator;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Session;
import dev.fader.model.LanguageModel;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader generate`: writes on from a prompt.
@Command(name = "generate", description = "Writes on from a prompt.")
final class GenerateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;

  @Mixin private PromptOptions prompt;
  @Mixin private EngineOptions engineOptions;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "New tokens at most; default 200.")
  private int maxTokens = 200;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Below 1 the probable becomes more so, above 1 less; default 0.8.")
  private float temperature = 0.8f;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Only the K most probable tokens; default 0, all.")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Only the most probable tokens that add up to P; default 1, all.")
  private float topP = 1;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Only tokens at least P times as probable as the first; default 0, all.")
  private float minP;

  @Option(
      names = "--repeat-penalty",
      paramLabel = "R",
      description = "Makes the last 64 tokens less probable; default 1, not at all.")
  private float repeatPenalty = 1;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the random numbers; another one each time if not given.")
  private @Nullable Long seed;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "A text that ends the writing; may be given more than once.")
  private List<String> stops = new ArrayList<>();

  @Option(names = "--greedy", description = "Always the most probable token.")
  private boolean greedy;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  GenerateCommand() {}

  @Override
  public Integer call() throws IOException {
    if (maxTokens < 1) {
      throw new ParameterException(
          spec.commandLine(), "--max-tokens is %d, and must be at least 1".formatted(maxTokens));
    }
    var settings = settings();
    try (var engine = engineOptions.open();
        var opened = model.open(engine)) {
      var tokens = prompt.tokens(opened);
      int context = opened.config().context();
      int capacity = (int) Math.min(context, (long) tokens.length + maxTokens);
      try (var session =
          new Session(opened.decoder(), engine.kernels(), engine.memory(), capacity)) {
        var generator = new Generator(session, opened.tokenizer(), withEnds(settings, opened));
        write(generator, tokens, opened);
      }
    }
    return 0;
  }

  private GenerationSettings settings() {
    try {
      var sampler =
          new SamplerSettings(
              temperature, topK, topP, minP, repeatPenalty, 64, seed == null ? now() : seed);
      return new GenerationSettings(
          maxTokens, stops, List.of(), greedy ? sampler.greedy() : sampler);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
    }
  }

  private static long now() {
    return System.nanoTime() ^ System.currentTimeMillis() << 20;
  }

  private static GenerationSettings withEnds(GenerationSettings settings, LanguageModel model) {
    var ends = new ArrayList<>(model.config().specialTokens().ends());
    model.tokenizer().map(Tokenizer::endOfText).ifPresent(end -> end.ifPresent(ends::add));
    return new GenerationSettings(settings.maxTokens(), settings.stops(), ends, settings.sampler());
  }

  private void write(Generator generator, int[] tokens, LanguageModel opened) {
    var out = spec.commandLine().getOut();
    var generation =
        generator.generate(
            tokens,
            text -> {
              if (!json) {
                out.print(text);
                if (out.checkError()) {
                  throw new OutputClosed();
                }
              }
            });
    if (json) {
      out.println(Json.text(summary(generation)));
    } else if (opened.tokenizer().isEmpty()) {
      out.println(generation.ids().stream().map(String::valueOf).collect(Collectors.joining(" ")));
    } else {
      out.println();
    }
    if (!json) {
      report(generation, opened);
    }
  }

  private static Map<String, Object> summary(Generation generation) {
    return Json.object(
        "ids", generation.ids(),
        "text", generation.text(),
        "prompt_tokens", generation.promptTokens(),
        "stop_reason", generation.stopReason().name().toLowerCase(Locale.ROOT));
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
        generation.promptTokens() / generation.promptSeconds(),
        generation.ids().size(),
        generation.ids().size() / generation.seconds());
  }
}
