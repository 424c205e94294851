package dev.fader.app.cli.command;

import dev.fader.app.cli.option.Caches;
import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.LaunchedRanks;
import dev.fader.app.cli.option.NamedChoice;
import dev.fader.app.cli.option.Quantity;
import dev.fader.app.cli.option.RankOptions;
import dev.fader.app.cli.option.RecipeOptions;
import dev.fader.app.cli.option.SizeOption;
import dev.fader.app.cli.option.SweepVariation;
import dev.fader.app.cli.option.TextVariation;
import dev.fader.app.cli.option.TokenizerOption;
import dev.fader.app.cli.report.SweepReport;
import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.app.cli.terminal.Interrupts;
import dev.fader.app.cli.terminal.ScreenWidth;
import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Engine;
import dev.fader.model.ModelConfigException;
import dev.fader.sweep.Sweep;
import dev.fader.sweep.SweepPlan;
import dev.fader.sweep.SweepRequest;
import dev.fader.sweep.SweepResult;
import dev.fader.sweep.SweepRun;
import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.sweep.SweepVerdict;
import dev.fader.sweep.law.ScalingFit;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.recipe.Architecture;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.RecipeRequest;
import dev.fader.train.recipe.TokenizerChoice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader sweep`: how large a model a budget deserves, found by small runs.
@Command(
    name = "sweep",
    sortOptions = false,
    customSynopsis = {
      "fader sweep --data DATA --out DIR --budget FLOPS,FLOPS,... [OPTION...]",
      "       fader sweep --data DATA --out DIR --minutes N [OPTION...]"
    },
    description = {
      "Trains a ladder of small models, several sizes at each of several budgets, and fits the law that"
          + " their losses follow: how large a model a larger budget deserves, on how much text, and what"
          + " it will lose. A run that is done is never done again: the same command goes on where it was"
          + " stopped, and one with more budgets adds theirs."
    })
public final class SweepCommand implements Callable<Integer> {
  /// Where no budget is said to predict: so many times the largest.
  private static final double BEYOND = 10;

  /// Of the minutes that are given; evaluations and checkpoints take the rest.
  private static final double TIME_THAT_TRAINS = 0.8;

  /// Each budget is two or three times the one before.
  private static final double[] LADDER = {0.1, 0.2, 0.5, 1};

  /// From one ladder that may fit the minutes to the next.
  private static final double STEP = Math.pow(10, 0.25);

  @Spec private CommandSpec spec;

  @Mixin private DataOptions data;

  @Option(
      names = "--val-fraction",
      paramLabel = "F",
      description = "How much of --data to hold out; default 0.1.")
  private double validationFraction = Dataset.VALIDATION_FRACTION;

  @Option(
      names = "--tokenizer",
      paramLabel = "WHICH",
      description = "bytes, char, bpe:SIZE, or a directory or tokenizer.json; default as in train.")
  private @Nullable String tokenizer;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where the runs and the report go.")
  private Path out;

  @Option(
      names = "--budget",
      split = ",",
      paramLabel = "FLOPS",
      description =
          "Floating-point operations of a run, forward and backward, such as 1e12,3e12,1e13; each is"
              + " spent on several sizes.")
  private List<String> budgets = List.of();

  @Option(
      names = "--sizes",
      split = ",",
      paramLabel = "LAYERSxDIM",
      description =
          "Sizes to try at each budget, such as 2x64,3x96; default: those around the best.")
  private List<String> sizes = List.of();

  @Option(
      names = "--vary",
      paramLabel = "NAME=V,V...",
      description =
          "A setting to change in further runs of the middle budget, such as lr=0.004,0.016 or dim=96,160;"
              + " seed, for how much runs differ by chance; data=more.txt,clean.jsonl or"
              + " tokenizer=bytes,bpe:512 for other text. May be given more than once.")
  private List<String> variations = List.of();

  @Option(
      names = "--check",
      paramLabel = "FLOPS",
      description =
          "Trains one more model, of the size found best for this budget, and says how far"
              + " off the predicted loss is.")
  private @Nullable String check;

  @Option(
      names = "--predict",
      paramLabel = "FLOPS",
      description =
          "The budget to predict for; default: that of --check, or ten times the largest.")
  private @Nullable String predicted;

  @Option(
      names = "--arch",
      paramLabel = "NAME",
      description = "gpt2, opt, llama, qwen3 or deepseek.")
  private @Nullable String architecture;

  @Mixin private RecipeOptions recipe = RecipeOptions.ofManyRuns();
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--dry-run", description = "Prints the runs and how long they take, and exits.")
  private boolean dryRun;

  @Option(names = "--quiet", description = "No progress.")
  private boolean quiet;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  SweepCommand() {}

  @Override
  public Integer call() throws IOException {
    if (budgets.isEmpty() == recipe.number(Hyperparameter.MINUTES).isEmpty()) {
      throw misuse(
          "say what the runs may take: --budget 1e12,3e12,1e13 in floating-point operations, or"
              + " --minutes for all of them together");
    }
    if (!(validationFraction > 0 && validationFraction <= 0.5)) {
      throw misuse(
          "--val-fraction is %s, and must be above 0 and at most 0.5"
              .formatted(validationFraction));
    }
    if (!budgets.isEmpty()) {
      request(numbers("budget", budgets)); // what is wrong is said before the text is read
    }
    predicted();
    return RankOptions.none().together(this::sweep);
  }

  private int sweep(LaunchedRanks ranks) throws IOException {
    ranks.awaitFirst();
    quiet |= !ranks.leads();
    json &= ranks.leads();
    var cache = Caches.data();
    var notices = notices();
    ranks.notice().ifPresent(notices);
    try (var engine = engineOptions.open(recipe.precision(), ranks.share());
        var corpus = data.open(cache, notices)) {
      if (corpus.holdsIds()) {
        throw misuse("the data holds token ids, and a sweep reads text: name texts with --data");
      }
      var words = tokenizer(corpus, notices);
      var plan = new Dataset.Plan(Encoder.of(words), validationFraction, cache, engine.threads());
      try (var dataset = Dataset.prepare(corpus, Optional.empty(), plan, notices)) {
        ranks.isPrepared();
        return sweep(new Setting(engine, ranks), new Read(corpus, words, dataset, plan));
      }
    }
  }

  private Tokenizer tokenizer(Corpus corpus, Consumer<String> notices) throws IOException {
    try {
      var choice =
          tokenizer == null
              ? TokenizerChoice.standard(Optional.empty(), corpus.bytes())
              : TokenizerOption.parse(tokenizer);
      return choice.make(corpus, Optional.empty(), notices);
    } catch (IllegalArgumentException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
  }

  /// The text as it was read.
  private record Read(Corpus corpus, Tokenizer words, Dataset dataset, Dataset.Plan plan) {
    long batchesThatMeasureAll() {
      return TextVariations.batchesOf(dataset);
    }
  }

  /// Who computes.
  private record Setting(Engine engine, LaunchedRanks ranks) {}

  private int sweep(Setting setting, Read read) throws IOException {
    var engine = setting.engine;
    var ranks = setting.ranks;
    var words = read.words();
    var dataset = read.dataset();
    var resources =
        new Recipe.Resources(
            dataset.training().tokens(),
            words.vocabularySize(),
            ranks.first(ranks.share(Machine.here())),
            ranks.first(ranks.leads() ? EngineOptions.speed(engine) : MachineSpeed.ASSUMED));
    var end = words.endOfText();
    var request =
        checked(() ->
            budgets.isEmpty()
                ? affordable(new Planning(resources, words, ranks.size()))
                : request(numbers("budget", budgets)));
    var plan = checked(() -> SweepPlan.of(request, resources, end));
    var place = new Sweep.Place(out, Optional.of(words), dataset);
    var compute = new TrainingRun.Compute(engine.kernels(), engine.memory(), ranks.ranks());
    var sweep = checked(() -> new Sweep(place, compute));
    var report = new SweepReport(spec, new SweepReport.Setup(place, resources, quiet, json));
    report.show(plan);
    long ladder = ladder(plan);
    if (ladder < ScalingFit.FEWEST_TRIALS) {
      notices()
          .accept(
              "%d of these show no law, it takes %d: give more budgets, larger ones, or --sizes"
                  .formatted(ladder, ScalingFit.FEWEST_TRIALS));
    }
    if (request.check().isPresent()) {
      checked(() -> SweepPlan.check(request, resources, end, 1)); // whether there is text for it
    }
    if (dryRun) {
      report.object(plan);
      return 0;
    }
    ranks.requireSame(
        new TreeMap<>(
            Map.of(
                "version", String.join(", ", spec.version()),
                "tokenizer", words.fingerprint(),
                "data", dataset.fingerprint(),
                "arithmetic", engine.kernels().arithmetic())));
    for (var run : plan.runs()) {
      run.recipe().plan(resources).requireMemory(resources.machine());
    }
    try (var others = others(ranks, new Ladder(request, plan, resources), place, read);
        var _ = new Interrupts(() -> stop(sweep, others));
        var _ = Interrupts.ofTermination(() -> stop(sweep, others))) {
      report.announce(others.runs());
      var results = new ArrayList<>(sweep.run(plan.runs(), report));
      if (results.size() < plan.runs().size()) {
        return stopped(request);
      }
      var varied = others.run(compute, report);
      if (varied.size() < others.runs().size()) {
        return stopped(request);
      }
      results.addAll(varied);
      double wanted =
          predicted().orElse(request.check().orElse(BEYOND * request.budgets().getLast()));
      var verdict = SweepVerdict.of(results, wanted);
      var checks = new ArrayList<SweepResult>();
      if (request.check().isPresent() && verdict.fit().isPresent()) {
        double size = verdict.bestSize(request.check().getAsDouble());
        var larger = checked(() -> SweepPlan.check(request, resources, end, size));
        report.announce(larger);
        if (ranks.leads()) { // what was found is kept, whatever the check comes to
          report.page(verdict, checks, wanted);
        }
        larger.recipe().plan(resources).requireMemory(resources.machine());
        checks.addAll(sweep.run(List.of(larger), report));
        if (checks.isEmpty()) {
          return stopped(request);
        }
      }
      if (ranks.leads()) {
        report.finish(verdict, checks, wanted);
      }
      return verdict.fit().isPresent() ? 0 : 1;
    }
  }

  private static void stop(Sweep sweep, TextVariations others) {
    sweep.requestStop();
    others.requestStop();
  }

  /// What is tried.
  private record Ladder(SweepRequest request, SweepPlan plan, Recipe.Resources resources) {}

  /// The first rank makes what the others then find.
  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  private TextVariations others(LaunchedRanks ranks, Ladder ladder, Sweep.Place place, Read read)
      throws IOException {
    ranks.awaitFirst();
    var others = others(ladder, place, read);
    ranks.isPrepared();
    return others;
  }

  /// What learns from other text.
  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  private TextVariations others(Ladder ladder, Sweep.Place place, Read read) throws IOException {
    var request = ladder.request();
    var wanted = TextVariation.of(spec, variations);
    var base = ladder.plan().base();
    if (!wanted.isEmpty() && base.isEmpty()) {
      throw misuse("the middle budget has no run that other text could be compared with");
    }
    try {
      var others =
          TextVariations.prepare(
              base.isEmpty() ? List.of() : wanted,
              new TextVariations.Origin(
                  request,
                  base.orElse(ladder.plan().runs().getFirst()),
                  place,
                  read.corpus(),
                  read.plan(),
                  ladder.resources()),
              data,
              notices());
      long batches = Math.max(others.batchesThatMeasureAll(), read.batchesThatMeasureAll());
      if (!others.runs().isEmpty() && batches > request.recipe().cadence().evaluationBatches()) {
        notices()
            .accept(
                "losses of other text are measured on a part of what is held out: `evalBatches` %d measures all, so that none differs by the part"
                    .formatted(batches));
      }
      return others;
    } catch (IllegalArgumentException | TrainingException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
  }

  /// Minutes would be other budgets at the next start, by another measured speed.
  private int stopped(SweepRequest request) {
    notices()
        .accept(
            budgets.isEmpty()
                ? "stopped; the same command with --budget %s in the place of --minutes goes on where it was"
                    .formatted(budgetsOf(request))
                : "stopped; the same command goes on where it was");
    return Interrupts.EXIT_CODE;
  }

  private static String budgetsOf(SweepRequest request) {
    return request.budgets().stream()
        .map(budget -> String.format(Locale.ROOT, "%.0e", budget).replace("e+", "e"))
        .collect(Collectors.joining(","));
  }

  private OptionalDouble predicted() {
    if (predicted == null) {
      return OptionalDouble.empty();
    }
    double flops = number("predict", predicted);
    if (!(flops > 0)) {
      throw misuse("--predict is %s, and must be above 0: try 1e14".formatted(predicted));
    }
    return OptionalDouble.of(flops);
  }

  /// @param ranks that do runs at the same time
  private record Planning(Recipe.Resources resources, Tokenizer words, int ranks) {}

  /// The largest ladder that the minutes allow by the measured speed.
  private SweepRequest affordable(Planning planning) {
    double seconds = TIME_THAT_TRAINS * 60 * recipe.number(Hyperparameter.MINUTES).orElse(1.0);
    TrainingException.require(
        seconds > 0, "`minutes` is %s, and must be above 0: try 20", seconds / 60);
    SweepRequest largest = null;
    for (double top = 1e10; top < 1e22; top *= STEP) {
      double rounded = Double.parseDouble(String.format(Locale.ROOT, "%.0e", top));
      var budgets = new ArrayList<Double>();
      for (double part : LADDER) {
        budgets.add(Double.parseDouble(String.format(Locale.ROOT, "%.0e", part * rounded)));
      }
      var request = request(budgets);
      if (isAffordable(request, planning, seconds)) {
        largest = request;
      } else if (largest != null) {
        break;
      }
    }
    if (largest == null) {
      throw new TrainingException(
          "no ladder of runs fits `minutes` and this text: give more of either, or say the budgets");
    }
    return largest;
  }

  private static long ladder(SweepPlan plan) {
    return plan.runs().stream().filter(run -> run.purpose() == Purpose.LADDER).count();
  }

  private static boolean isAffordable(SweepRequest request, Planning planning, double seconds) {
    try {
      var plan = SweepPlan.of(request, planning.resources(), planning.words().endOfText());
      double longest = plan.runs().stream().mapToDouble(SweepRun::seconds).max().orElse(0);
      return ladder(plan) >= ScalingFit.FEWEST_TRIALS
          && plan.seconds() <= planning.ranks * seconds
          && longest <= seconds;
    } catch (TrainingException tooSmall) {
      return false;
    }
  }

  private SweepRequest request(List<Double> amounts) {
    return checked(() ->
        new SweepRequest(
            amounts,
            SizeOption.parse(spec, sizes),
            SweepVariation.of(spec, variations),
            check == null ? OptionalDouble.empty() : OptionalDouble.of(number("check", check)),
            common()));
  }

  /// The recipe of all runs: the minutes are those of the sweep.
  private RecipeRequest common() {
    var given = recipe.request();
    var numbers = new EnumMap<Hyperparameter, Double>(Hyperparameter.class);
    numbers.putAll(given.numbers());
    numbers.remove(Hyperparameter.MINUTES);
    var others = given.choices();
    var choices =
        new RecipeRequest.Choices(
            NamedChoice.of(spec, Architecture.class, "--arch", architecture),
            others.schedule(),
            others.optimizer(),
            others.tied(),
            others.decayAll(),
            others.recompute(),
            others.stopWhenOverfitting());
    return new RecipeRequest(numbers, Optional.empty(), choices, given.cadence());
  }

  private List<Double> numbers(String flag, List<String> texts) {
    return texts.stream().map(text -> number(flag, text)).toList();
  }

  private double number(String flag, String text) {
    try {
      return Quantity.parse(flag, text);
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
