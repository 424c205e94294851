package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.MixOption;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.ModelLookup;
import dev.fader.app.cli.option.SessionOptions;
import dev.fader.app.cli.option.StoredType;
import dev.fader.app.cli.report.SpeedReport;
import dev.fader.app.cli.terminal.ProgressLine;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.inspect.speed.MeasuredSpeed;
import dev.fader.inspect.speed.ModelSpeed;
import dev.fader.inspect.speed.SpeedTest;
import dev.fader.kernel.Engine;
import dev.fader.model.ActivationType;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.ModelConfig;
import dev.fader.model.random.RandomModel;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader bench`: how fast a model, or a random one of some shape, reads and writes here.
@Command(
    name = "bench",
    sortOptions = false,
    customSynopsis = {
      "fader bench MODEL [OPTION...]",
      "       fader bench --shape MODEL [--type TYPE] [OPTION...]"
    },
    description =
        "Measures how fast a model reads prompts and generates, and what share that is of what the"
            + " machine's memory and its matrix products can do.")
public final class BenchCommand implements Callable<Integer> {
  private static final int MOST = 1 << 24;

  /// Each sequence has a row of logits on the heap.
  private static final int MOST_SEQUENCES = 1024;

  private static final int MOST_SECONDS = 3600;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      arity = "0..1",
      description = "A model directory, a .gguf file, or OWNER/NAME[:FILE] that pull has fetched.")
  private @Nullable Path model;

  @Option(
      names = "--shape",
      paramLabel = "MODEL",
      description =
          "Random weights in the shape of a name of the catalogue (fader params --list), a"
              + " config.json, or layers=12,dim=768,vocab=50257: nothing is downloaded.")
  private @Nullable String shape;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description =
          "How the weights of --shape are stored: f32, f16, bf16, a type that fader quantize writes,"
              + " or another type of GGUF; default Q4_K_M.")
  private @Nullable String type;

  @Option(
      names = "--prompt",
      split = ",",
      paramLabel = "N",
      description = "Lengths of prompts to read, 0 for none; default 128,512.")
  private List<Integer> prompts = List.of(128, 512);

  @Option(
      names = "--generate",
      split = ",",
      paramLabel = "N",
      description = "How many tokens to generate, 0 for none; default 64.")
  private List<Integer> generated = List.of(64);

  @Option(
      names = "--batch",
      split = ",",
      paramLabel = "N",
      description = "How many sequences to generate together; default 1.")
  private List<Integer> batches = List.of(1);

  @Option(
      names = "--context",
      split = ",",
      paramLabel = "N",
      description = "How many tokens are in the cache before; default 0.")
  private List<Integer> contexts = List.of(0);

  @Option(
      names = "--repeat",
      paramLabel = "N",
      description = "How often each test is timed, after a warm-up; default 5.")
  private int repeat = 5;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      description = "How long each test is done before it is timed; default 2.")
  private double warmUp = 2;

  @Option(names = "--rehearse", hidden = true)
  private boolean rehearse;

  @Mixin private SessionOptions sessions;
  @Mixin private AdapterOptions adapters;
  @Mixin private MixOption mix;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  BenchCommand() {}

  @Override
  public Integer call() throws IOException {
    if (rehearse) {
      KernelRehearsal.run();
      return 0;
    }
    var tests = tests();
    sessions.check();
    if (model == null && shape == null) {
      throw misuse("name a MODEL, or give --shape for a random one");
    }
    if (model != null && shape != null) {
      throw misuse("a MODEL and --shape are two models: give one of them");
    }
    if (shape == null && type != null) {
      throw misuse("--type is how the weights of --shape are stored: a MODEL has its own");
    }
    if (shape != null && (!adapters.isEmpty() || mix.isGiven())) {
      throw misuse("--adapter and --mix belong to a MODEL: leave them out, or --shape");
    }
    try (var engine = engineOptions.open()) {
      if (model != null) {
        try (var base = ModelArgument.open(model, engine, false);
            var opened = adapters.beside(base, mix.read(), engine)) {
          measure(model.toString(), opened.decoder(), tests, engine);
        }
      } else if (shape != null) {
        measureRandom(shape, type == null ? "Q4_K_M" : type, tests, engine);
      }
    }
    return 0;
  }

  private void measureRandom(String named, String type, List<SpeedTest> tests, Engine engine)
      throws IOException {
    var stored = StoredType.weights(spec, "--type", type);
    var config = shape(named);
    requireRoom(config, tests);
    if (isTerminal()) {
      spec.commandLine()
          .getErr()
          .printf(
              Locale.ROOT,
              "%s as %s: %s of random weights%n",
              named,
              stored.name(),
              TrainingPlan.bytes(RandomModel.bytes(config, stored)));
    }
    try (var random = RandomModel.of(config, stored, engine)) {
      measure(named + ", random, " + stored.name(), random.decoder(), tests, engine);
    }
  }

  private ModelConfig shape(String named) throws IOException {
    return new ModelLookup(spec)
        .find(named)
        .facts()
        .flatMap(facts -> facts.config())
        .orElseThrow(() ->
            misuse(
                "of %s only the size is known, and not its shape: choose another model"
                    .formatted(named)));
  }

  private List<SpeedTest> tests() {
    require("--prompt", prompts, 0, MOST);
    require("--generate", generated, 0, MOST);
    require("--batch", batches, 1, MOST_SEQUENCES);
    require("--context", contexts, 0, MOST);
    require("--repeat", List.of(repeat), 1, MOST);
    if (!(warmUp >= 0 && warmUp <= MOST_SECONDS)) {
      throw misuse(
          String.format(
              Locale.ROOT, "--warm-up is %s, and must be from 0 to %d", warmUp, MOST_SECONDS));
    }
    var tests = new ArrayList<SpeedTest>();
    for (int context : contexts) {
      for (int tokens : prompts) {
        if (tokens > 0) {
          tests.add(new SpeedTest(SpeedTest.Kind.PROMPT, tokens, 1, context));
        }
      }
      for (int tokens : generated) {
        for (int batch : batches) {
          if (tokens > 0) {
            tests.add(new SpeedTest(SpeedTest.Kind.GENERATE, tokens, batch, context));
          }
        }
      }
    }
    if (tests.isEmpty()) {
      throw misuse("there is nothing to measure: give --prompt or --generate more than 0");
    }
    return tests;
  }

  private void require(String flag, List<Integer> values, int least, int most) {
    for (int value : values) {
      if (value < least || value > most) {
        throw misuse("%s is %d, and must be from %d to %d".formatted(flag, value, least, most));
      }
    }
  }

  /// Nothing is measured when the last of the tests could not be.
  private void requireRoom(ModelConfig config, List<SpeedTest> tests) {
    for (var test : tests) {
      if (test.length() > config.context()) {
        throw misuse(
            "a text of %d tokens is more than the model's context of %d: give less --%s or --context"
                .formatted(test.length(), config.context(), test.kind().title()));
      }
    }
  }

  private void measure(String name, Decoder decoder, List<SpeedTest> tests, Engine engine) {
    requireRoom(decoder.config(), tests);
    sessions.prepare(decoder, ActivationType.AUTOMATIC);
    var progress = new ProgressLine(spec.commandLine().getErr());
    show(progress, 0, "the machine");
    var machine = EngineOptions.speed(engine);
    var limits = KeyValueLimits.DEFAULTS.withType(sessions.type(DType.FLOAT16));
    var speed = new ModelSpeed(decoder, engine, limits, warmUp);
    var rows = new ArrayList<MeasuredSpeed>();
    for (var test : tests) {
      rows.add(
          speed.measure(
              test,
              repeat,
              (doing, repetition) ->
                  show(
                      progress,
                      (rows.size() + repetition / (repeat + 1.0)) / tests.size(),
                      "%s %d".formatted(doing.kind().title(), doing.tokens()))));
    }
    progress.clear();
    var report = new SpeedReport(spec.commandLine().getOut(), engine, machine);
    if (json) {
      report.json(name, Machine.here(), rows);
    } else {
      report.table(name, Machine.here(), rows);
    }
  }

  private static boolean isTerminal() {
    return Boolean.getBoolean("fader.terminal");
  }

  private static void show(ProgressLine progress, double fraction, String status) {
    if (isTerminal()) {
      progress.show(fraction, "measuring " + status, true);
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
