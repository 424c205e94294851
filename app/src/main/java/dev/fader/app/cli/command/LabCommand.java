package dev.fader.app.cli.command;

import dev.fader.app.cli.option.Caches;
import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.LaunchedRanks;
import dev.fader.app.cli.option.NamedChoice;
import dev.fader.app.cli.option.Quantity;
import dev.fader.app.cli.option.RankOptions;
import dev.fader.app.cli.option.SizeOption;
import dev.fader.app.cli.option.TokenizerOption;
import dev.fader.app.cli.report.LabReport;
import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.app.cli.terminal.Interrupts;
import dev.fader.app.cli.terminal.ScreenWidth;
import dev.fader.data.Corpus;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Engine;
import dev.fader.kernel.option.Precision;
import dev.fader.model.ModelConfigException;
import dev.fader.sweep.SweepRequest.Size;
import dev.fader.sweep.lab.Experiment;
import dev.fader.sweep.lab.Lab;
import dev.fader.sweep.lab.LabText;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.RecipeRequest;
import dev.fader.train.recipe.TokenizerChoice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader lab`: small experiments, each reproducible and over in minutes.
@Command(
    name = "lab",
    sortOptions = false,
    customSynopsis = {
      "fader lab overfitting --data DATA --out DIR [OPTION...]   sizes against amounts of text",
      "       fader lab quality --data DATA --out DIR [OPTION...]       copies, noise, words in wrong order",
      "       fader lab architecture --data DATA --out DIR [OPTION...]  depths and kinds, equal parameters"
    },
    description = {
      "Trains small models under conditions that differ in one thing, and shows what it does to the loss on"
          + " text that was held out: as a table, a drawing and a page. A run that is done is never done again:"
          + " the same command goes on where it was stopped."
    })
public final class LabCommand implements Callable<Integer> {
  /// The experiments.
  enum Kind {
    OVERFITTING,
    QUALITY,
    ARCHITECTURE
  }

  /// What is compared where nothing is said.
  private record Usual(List<String> sizes, List<String> shares, int seeds) {
    static Usual of(Kind kind) {
      return switch (kind) {
        case OVERFITTING ->
            new Usual(
                List.of("1x16", "1x32", "1x64", "2x96"),
                List.of("0.01", "0.03", "0.1", "0.3", "1"),
                1);
        case QUALITY -> new Usual(List.of("2x64"), List.of("0", "0.3", "0.6", "0.9"), 3);
        case ARCHITECTURE -> new Usual(List.of("2x64"), List.of(), 3);
      };
    }
  }

  private static final int USUAL_CONTEXT = 64;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "EXPERIMENT",
      arity = "1",
      description = "overfitting, quality or architecture.")
  private String experiment;

  @Mixin private DataOptions data;

  @Option(
      names = "--text",
      paramLabel = "BYTES",
      description =
          "How much text there is to learn from and to hold out, taken evenly from --data; default 1e6.")
  private String text = "1e6";

  @Option(
      names = "--tokenizer",
      paramLabel = "WHICH",
      description = "bytes, char, bpe:SIZE, or a directory or tokenizer.json; default char.")
  private String tokenizer = "char";

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where the runs, the page and the drawing go.")
  private Path out;

  @Option(
      names = "--sizes",
      split = ",",
      paramLabel = "LAYERSxDIM",
      description =
          "Sizes of models, such as 1x32,2x64; quality and architecture take one. Default: four from 1x16 to"
              + " 2x96, and 2x64.")
  private @Nullable List<String> sizes;

  @Option(
      names = "--shares",
      split = ",",
      paramLabel = "F",
      description =
          "How much of the text: what is learned from (overfitting; default 0.01,0.03,0.1,0.3,1), or what is"
              + " spoilt (quality; default 0,0.3,0.6,0.9).")
  private @Nullable List<String> shares;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "How many tokens each run reads, however much text there is; default 1e6.")
  private String tokens = "1e6";

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "Runs of each condition, which give the interval; default 3, and 1 for overfitting.")
  private @Nullable Integer seeds;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Tokens that a model can look back on; default 64.")
  private int context = USUAL_CONTEXT;

  @Mixin private EngineOptions engineOptions;

  @Option(names = "--dry-run", description = "Prints the runs and how long they take, and exits.")
  private boolean dryRun;

  @Option(names = "--quiet", description = "No progress.")
  private boolean quiet;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  LabCommand() {}

  @Override
  public Integer call() throws IOException {
    var kind = NamedChoice.of(spec, Kind.class, "EXPERIMENT", experiment).orElseThrow();
    var usual = Usual.of(kind);
    var models = SizeOption.parse(spec, sizes == null ? usual.sizes() : sizes);
    var parts =
        (shares == null ? usual.shares() : shares)
            .stream().map(share -> number("shares", share)).toList();
    if (kind == Kind.ARCHITECTURE && shares != null) {
      throw misuse(
          "--shares says how much of the text, which architecture takes whole: leave it out");
    }
    if (kind != Kind.OVERFITTING && models.size() != 1) {
      throw misuse(
          "--sizes has %d sizes, and %s takes one: try --sizes 2x64"
              .formatted(models.size(), experiment));
    }
    double most = number("text", text);
    if (!(most >= 1000 && most <= 1 << 30)) {
      throw misuse("--text is %s, and must be from 1000 to 1e9 bytes".formatted(text));
    }
    var setting =
        checked(() ->
            new Experiment.Setting(
                RecipeRequest.NONE.with(Hyperparameter.CONTEXT, context),
                number("tokens", tokens)));
    var asked = new Asked(kind, setting, new Choice(models, parts), (long) most, usual.seeds());
    return RankOptions.none().together(ranks -> run(ranks, asked));
  }

  private record Asked(
      Kind kind, Experiment.Setting setting, Choice choice, long bytes, int seeds) {}

  private int run(LaunchedRanks ranks, Asked asked) throws IOException {
    ranks.awaitFirst();
    quiet |= !ranks.leads();
    json &= ranks.leads();
    ranks.notice().ifPresent(notices());
    var cache = Caches.data();
    try (var corpus = data.open(cache, notices())) {
      if (corpus.holdsIds()) {
        throw misuse("the data holds token ids, and an experiment changes text: name texts");
      }
      var words = tokenizer(corpus);
      var labText = LabText.of(corpus, asked.bytes);
      ranks.isPrepared();
      try (var engine = engineOptions.open(Precision.FLOAT32, ranks.share())) {
        var resources =
            new Recipe.Resources(
                labText.letters(),
                words.vocabularySize(),
                ranks.first(ranks.share(Machine.here())),
                ranks.first(ranks.leads() ? EngineOptions.speed(engine) : MachineSpeed.ASSUMED));
        var wanted = checked(() -> experiment(asked.kind, asked.setting, asked.choice, resources));
        ranks.requireSame(
            new TreeMap<>(
                Map.of(
                    "version", String.join(", ", spec.version()),
                    "tokenizer", words.fingerprint(),
                    "arithmetic", engine.kernels().arithmetic())));
        var place = new Lab.Place(out, words, labText, cache);
        int count = seeds == null ? asked.seeds : seeds;
        return run(wanted, count, resources, new Site(place, engine, ranks));
      }
    }
  }

  private record Choice(List<Size> sizes, List<Double> shares) {}

  private record Site(Lab.Place place, Engine engine, LaunchedRanks ranks) {}

  private static Experiment experiment(
      Kind kind, Experiment.Setting setting, Choice choice, Recipe.Resources resources) {
    return switch (kind) {
      case OVERFITTING -> Experiment.overfitting(setting, choice.sizes(), choice.shares());
      case QUALITY -> Experiment.quality(setting, choice.sizes().getFirst(), choice.shares());
      case ARCHITECTURE -> Experiment.architecture(setting, choice.sizes().getFirst(), resources);
    };
  }

  private int run(Experiment asked, int count, Recipe.Resources resources, Site site)
      throws IOException {
    var report = new LabReport(spec, new LabReport.Setup(asked, out, quiet, json));
    report.show(checked(() -> Lab.plan(asked, count, resources)));
    if (dryRun) {
      return 0;
    }
    var compute =
        new TrainingRun.Compute(
            site.engine().kernels(), site.engine().memory(), site.ranks().ranks());
    var lab = checked(() -> new Lab(site.place(), compute));
    try (var _ = new Interrupts(lab::requestStop);
        var _ = Interrupts.ofTermination(lab::requestStop)) {
      var findings = lab.run(asked, count, resources, report);
      if (findings.size() < asked.conditions().size()) {
        notices().accept("stopped; the same command goes on where it was");
        return Interrupts.EXIT_CODE;
      }
      if (site.ranks().leads()) {
        report.finish(findings);
      }
      return 0;
    }
  }

  private Tokenizer tokenizer(Corpus corpus) throws IOException {
    try {
      TokenizerChoice choice = TokenizerOption.parse(tokenizer);
      return choice.make(corpus, Optional.empty(), notices());
    } catch (IllegalArgumentException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
  }

  private double number(String flag, String value) {
    try {
      return Quantity.parse(flag, value);
    } catch (IllegalArgumentException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
  }

  private Consumer<String> notices() {
    var err = spec.commandLine().getErr();
    return quiet
        ? line -> {}
        : line -> {
          ScreenWidth.lines(FlagNames.in(line)).forEach(err::println);
          err.flush();
        };
  }

  /// What contradicts itself was said on the command line.
  private <T> T checked(Supplier<T> decision) {
    try {
      return decision.get();
    } catch (TrainingException | ModelConfigException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
