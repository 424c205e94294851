package dev.fader.app.cli.command;

import dev.fader.app.cli.option.Caches;
import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.LaunchedRanks;
import dev.fader.app.cli.option.ModelSizeOptions;
import dev.fader.app.cli.option.OptionalCorpus;
import dev.fader.app.cli.option.RankOptions;
import dev.fader.app.cli.option.RecipeFile;
import dev.fader.app.cli.option.RecipeFile.Flags;
import dev.fader.app.cli.option.RecipeOptions;
import dev.fader.app.cli.option.ReportOptions;
import dev.fader.app.cli.option.TokenizerOption;
import dev.fader.app.cli.report.PlanReport;
import dev.fader.app.cli.report.Samples;
import dev.fader.app.cli.report.TrainingReport;
import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.app.cli.terminal.ShellWord;
import dev.fader.app.view.Json;
import dev.fader.data.Batches;
import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.data.EvaluationBatches;
import dev.fader.format.GgufFile;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.inspect.plan.MemoryNeed;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.kernel.Engine;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.convert.Relufication;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.file.ModelWeights;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.LossEvaluator;
import dev.fader.train.OutputLock;
import dev.fader.train.RankDemand;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.TokenizerChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// A training run as the user asked for it: text, tokenizer, recipe, run, report.
final class TrainingJob {
  /// What is read.
  ///
  /// @param validation names of data to validate with; none to hold some out
  /// @param heldOut how much of the data, if the user says
  /// @param tokenizer as after `--tokenizer`
  record Text(
      DataOptions data,
      List<String> validation,
      Optional<Double> heldOut,
      Optional<String> tokenizer) {
    double validationFraction() {
      return heldOut.orElse(Dataset.VALIDATION_FRACTION);
    }
  }

  /// Where the model comes from and goes.
  ///
  /// @param init the model to begin with, random parameters if empty
  /// @param turn what is done to it first, if anything
  record Place(
      Path out, Optional<Path> init, boolean resume, boolean overwrite, Optional<Turn> turn) {}

  /// The model to begin with gets dReLU in place of its activation.
  ///
  /// @param before its loss before that, as far as it was measured
  record Turn(OptionalDouble before) {}

  /// How it is trained, told and computed.
  record Options(
      ModelSizeOptions size,
      RecipeOptions recipe,
      ReportOptions report,
      EngineOptions engine,
      RankOptions ranks) {}

  private static final String TOKENIZER = "tokenizer.json";
  private static final String RELUFIED = "relufied";
  private static final String LOSS_BEFORE = "loss-before";

  private final CommandSpec spec;
  private final Text text;
  private final Place place;
  private final Options options;
  private final OutputDirectory output;
  private final Consumer<String> notices;

  TrainingJob(CommandSpec spec, Text text, Place place, Options options) {
    this.spec = spec;
    this.text = text;
    this.place = place;
    this.options = options;
    this.output = new OutputDirectory(place.out());
    this.notices = options.report().notices(spec);
  }

  /// The same job, as far as the user does not repeat it, as it was begun.
  private TrainingJob continued(Flags earlier) {
    var ofRecipe = options.size().ofThisBalance(earlier);
    options.size().otherwise(earlier, place.out());
    options.recipe().otherwise(ofRecipe, place.out());
    options.report().otherwise(earlier);
    options.engine().otherwise(earlier);
    options.ranks().otherwise(earlier);
    checkRanks(true);
    text.data().otherwise(earlier.all("data"), earlier.one("glob"));
    text.heldOut()
        .ifPresent(part -> earlier.requireSame(place.out(), "val-fraction", Double.toString(part)));
    var before =
        new Text(
            text.data(),
            text.validation().isEmpty() ? earlier.all("val-data") : text.validation(),
            earlier.one("val-fraction").map(Double::valueOf).or(text::heldOut),
            text.tokenizer());
    if (place.init().isPresent() && earlier.one("init").isEmpty()) {
      throw misuse("--resume goes on from a checkpoint in --out: leave out --init");
    }
    place.init().ifPresent(model -> earlier.requireSame(place.out(), "init", whole(model)));
    var origin = earlier.one("init").map(Path::of);
    boolean turned = place.turn().isPresent() || earlier.one(RELUFIED).isPresent();
    var turn = turned ? Optional.of(turnOf(earlier)) : Optional.<Turn>empty();
    return new TrainingJob(
        spec, before, new Place(place.out(), origin, true, false, turn), options);
  }

  private Turn turnOf(Flags earlier) {
    if (earlier.one(RELUFIED).isEmpty()) {
      throw misuse(
          "%s is no run of relufy: go on with it by fader train --resume --out %s"
              .formatted(place.out(), ShellWord.of(place.out())));
    }
    var before = earlier.one(LOSS_BEFORE);
    return new Turn(
        before.isPresent()
            ? OptionalDouble.of(Double.parseDouble(before.get()))
            : OptionalDouble.empty());
  }

  /// Joins the other ranks, and does it with them, or only says what it would do. Returns the exit
  /// code.
  int run(boolean dryRun) throws IOException {
    return options.ranks().together(ranks -> run(ranks, dryRun));
  }

  /// The same where they have joined.
  int run(LaunchedRanks ranks, boolean dryRun) throws IOException {
    checkRanks(!place.resume());
    ranks.awaitFirst();
    if (ranks.leads()) {
      options.report().requireLog(spec);
      OutputLock.requireFree(place.out());
      ranks.notice().ifPresent(notices);
    }
    if (place.resume()) {
      output.requireCheckpoint();
      return continued(RecipeFile.read(place.out())).prepareAndTrain(ranks, dryRun);
    }
    if (ranks.leads()) {
      learning().requireUsable();
    }
    if (ranks.size() > 1) {
      options.recipe().accumulateOtherwise(ranks.size());
    }
    return prepareAndTrain(ranks, dryRun);
  }

  private int prepareAndTrain(LaunchedRanks ranks, boolean dryRun) throws IOException {
    rehearse();
    var cache = Caches.data();
    var told = notices(ranks);
    try (var engine = options.engine().open(options.recipe().precision(), ranks.share());
        var corpus = text.data().open(cache, told);
        var validation = new OptionalCorpus(text.data(), text.validation(), cache, told)) {
      var prepared = prepare(corpus, validation.corpus(), new Work(engine.threads(), told));
      try (var _ = prepared.dataset()) {
        ranks.isPrepared();
        return train(new Setting(engine, ranks), prepared, dryRun);
      }
    }
  }

  /// The text as tokens.
  private record Prepared(
      Dataset dataset, Optional<Tokenizer> tokenizer, Optional<ModelConfig> init, int vocabulary) {}

  /// How text is prepared.
  private record Work(int threads, Consumer<String> told) {}

  /// Who computes.
  private record Setting(Engine engine, LaunchedRanks ranks) {}

  private Consumer<String> notices(LaunchedRanks ranks) {
    return ranks.leads() ? notices : line -> {};
  }

  @SuppressWarnings("MustBeClosedChecker") // The caller closes the dataset.
  private Prepared prepare(Corpus corpus, Optional<Corpus> validation, Work work)
      throws IOException {
    var init = initialConfig();
    Optional<Tokenizer> tokenizer =
        corpus.holdsIds()
            ? Optional.empty()
            : Optional.of(tokenizer(corpus, validation, work.told()));
    int vocabulary =
        tokenizer.isPresent() ? tokenizer.get().vocabularySize() : vocabularyOfIds(init);
    init.ifPresent(model -> Recipe.requireVocabulary(model, vocabulary));
    var encoder = tokenizer.map(Encoder::of).orElseGet(() -> Encoder.ofIds(vocabulary));
    var plan = new Dataset.Plan(encoder, text.validationFraction(), Caches.data(), work.threads());
    return new Prepared(
        Dataset.prepare(corpus, validation, plan, work.told()), tokenizer, init, vocabulary);
  }

  private ModelConfig config(Path init) throws IOException {
    if (Files.isRegularFile(init) && GgufFile.isGguf(init)) {
      return ModelWeights.config(init);
    }
    var file = init.resolve(HuggingFaceConfig.NAME);
    if (!Files.exists(file)) {
      throw misuse(
          file
              + ": no such file; name a model directory or a .gguf file"
              + (place.turn().isPresent() ? "" : " with --init"));
    }
    return HuggingFaceConfig.read(init);
  }

  private Tokenizer tokenizer(Corpus corpus, Optional<Corpus> validation, Consumer<String> told)
      throws IOException {
    try {
      var tokenizer = choice(corpus).make(corpus, validation, told);
      requireSameTokenizer(tokenizer);
      return tokenizer;
    } catch (IllegalArgumentException wrong) {
      throw misuse(wrong);
    }
  }

  /// A run that goes on and has another tokenizer is refused before the text goes through it.
  private void requireSameTokenizer(Tokenizer tokenizer) throws IOException {
    if (place.resume()
        && Files.exists(place.out().resolve(TOKENIZER))
        && !Tokenizer.load(place.out()).fingerprint().equals(tokenizer.fingerprint())) {
      throw new TrainingException(
          "cannot resume from %s: the tokenizer has changed since; leave out --tokenizer, or start a new run with another --out"
              .formatted(place.out()));
    }
  }

  private TokenizerChoice choice(Corpus corpus) throws IOException {
    if (text.tokenizer().isPresent()) {
      return TokenizerOption.parse(text.tokenizer().get());
    }
    var model = place.resume() ? Optional.of(place.out()) : place.init();
    return TokenizerChoice.standard(model, corpus.bytes());
  }

  private int vocabularyOfIds(Optional<ModelConfig> init) {
    if (init.isPresent()) {
      return init.get().vocabularySize();
    }
    return options
        .recipe()
        .number(Hyperparameter.VOCABULARY)
        .map(Double::intValue)
        .orElseThrow(() ->
            misuse(
                "the data holds token ids of an unknown tokenizer: say how many there are with"
                    + " --vocab, or give the model with --init"));
  }

  private int train(Setting setting, Prepared prepared, boolean dryRun) throws IOException {
    var ranks = setting.ranks();
    var told = notices(ranks);
    var machine = ranks.share(Machine.here());
    var speed = ranks.first(speed(setting));
    var resources =
        new Recipe.Resources(
            prepared.dataset().training().tokens(),
            prepared.vocabulary(),
            ranks.first(machine),
            speed);
    var recipe = checked(() -> recipe(prepared, resources));
    ranks.requireSame(facts(setting.engine(), prepared, recipe));
    var batches =
        batches(prepared.dataset(), recipe); // what cannot be is said before what would be
    var heldOut = prepared.dataset().validation();
    var plan =
        ofRank(
            ranks,
            recipe,
            recipe.plan(resources, heldOut.isPresent() ? heldOut.get().tokens() : 0));
    var planReport = new PlanReport(told);
    if (options.report().explain()) {
      planReport.explain(recipe, plan, resources);
    } else {
      planReport.show(recipe, plan, resources);
    }
    batches.notice().ifPresent(told);
    plan.requireMemory(machine);
    if (dryRun) {
      if (options.report().json() && ranks.leads()) {
        spec.commandLine().getOut().println(Json.text(PlanReport.summary(plan, resources)));
      }
      return 0;
    }
    ranks.awaitAll();
    var task =
        new TrainingRun.Task(
            recipe.model(),
            prepared.tokenizer(),
            prepared.dataset(),
            recipe.training(),
            place.out(),
            options.recipe().keepLast());
    var compute = LearningRun.compute(setting.engine(), ranks);
    try {
      if (!ranks.leads()) {
        try (var run = new TrainingRun(task, compute, learning().beginning(place.init()))) {
          return learning().follow(run);
        }
      }
      // What the options say is understood before a run is begun, which deletes one that was there.
      var before = lossBefore(setting.engine(), task);
      var flags = flags(recipe, prepared.dataset(), before);
      var setup = new TrainingReport.Setup(setting.engine(), speed, subject(task, plan, before));
      try (var run = new TrainingRun(task, compute, learning().beginning(place.init()))) {
        RecipeFile.write(place.out(), flags);
        return learning().lead(run, options.report(), setup);
      }
    } catch (IOException | RuntimeException | Error failed) {
      if (ranks.leads()) {
        output.forgetIfUntrained();
      }
      throw failed;
    }
  }

  /// The plan with the memory of this rank, and its part of each step.
  private static TrainingPlan ofRank(LaunchedRanks ranks, Recipe recipe, TrainingPlan plan) {
    if (ranks.size() == 1) {
      return plan;
    }
    var rank =
        RankDemand.of(recipe.model(), recipe.training(), RankDemand.Member.of(ranks.ranks()));
    var all = plan.memory();
    int microbatches = recipe.training().batching().accumulate();
    return plan.ofRank(
        (double) Math.ceilDiv(microbatches, ranks.size()) / microbatches,
        new MemoryNeed(
            rank.weights(),
            rank.gradients(),
            rank.optimizer() + rank.exchange(),
            all.activations(),
            all.program()));
  }

  /// Measured by the first rank, whose figures count for all.
  private static MachineSpeed speed(Setting setting) {
    return setting.ranks().leads() ? EngineOptions.speed(setting.engine()) : MachineSpeed.ASSUMED;
  }

  /// What must be the same on all ranks.
  private Map<String, String> facts(Engine engine, Prepared prepared, Recipe recipe) {
    var facts = new LinkedHashMap<String, String>();
    facts.put("version", String.join(", ", spec.version()));
    facts.put(
        "tokenizer", prepared.tokenizer().map(Tokenizer::fingerprint).orElse("that of token ids"));
    facts.put("data", prepared.dataset().fingerprint());
    facts.put("arithmetic", engine.kernels().arithmetic());
    for (var decision : recipe.decisions()) {
      facts.put(FlagNames.of(decision.name()), decision.value());
    }
    return facts;
  }

  private LearningRun learning() {
    return new LearningRun(spec, place.out(), place.resume(), place.overwrite());
  }

  /// The loss of the model before it is turned, on what the run will be judged by.
  private OptionalDouble lossBefore(Engine engine, TrainingRun.Task task) throws IOException {
    if (place.turn().isEmpty() || place.resume() || task.data().validation().isEmpty()) {
      return place.turn().map(Turn::before).orElse(OptionalDouble.empty());
    }
    var batching = task.config().batching();
    var batches =
        EvaluationBatches.some(
            task.data().validation().get(),
            EvaluationBatches.Windows.whole(Math.max(2, batching.context())),
            batching.batch(),
            task.config().cadence().evaluationWindows(batching.context()));
    try (var model = LoadedModel.open(place.init().orElseThrow(), engine.memory());
        var evaluator = new LossEvaluator(engine.kernels(), engine.memory(), model.decoder())) {
      return OptionalDouble.of(evaluator.evaluate(batches).loss());
    }
  }

  private TrainingReport.Subject subject(
      TrainingRun.Task task, TrainingPlan plan, OptionalDouble before) {
    var validation = task.data().validation();
    var samples =
        Samples.prompt(
            options.report().samplePrompt().orElse(""), task.tokenizer(), task.model().context());
    return new TrainingReport.Subject(
        "model",
        task.out(),
        place.turn().isPresent() ? "relufy" : "train",
        task.config().budget(),
        plan.parameters().total(),
        "tokens",
        plan.flops().training(),
        loss ->
            validation.isPresent() ? validation.get().bitsPerByte(loss) : OptionalDouble.empty(),
        LinkedHashMap::new,
        samples,
        before);
  }

  private static Batches batches(Dataset dataset, Recipe recipe) {
    var batching = recipe.training().batching();
    var order = new Batches.Order(batching.batch(), batching.context(), recipe.training().seed());
    return Batches.of(dataset.training(), order);
  }

  /// What contradicts itself whatever the text is, is refused before hours go into tokens of it.
  private void rehearse() throws IOException {
    var init = initialConfig();
    var anyText =
        new Recipe.Resources(
            Integer.MAX_VALUE,
            init.map(ModelConfig::vocabularySize).orElse(1),
            Machine.here(),
            MachineSpeed.ASSUMED);
    checked(() -> recipe(init, anyText));
  }

  /// The shape of the model to begin with; of a run that goes on it is that of the checkpoint, with
  /// the weights.
  private Optional<ModelConfig> initialConfig() throws IOException {
    if (place.init().isEmpty()) {
      return Optional.empty();
    }
    var model = config(place.resume() ? place.out() : place.init().get());
    return Optional.of(
        place.turn().isPresent() && !place.resume()
            ? checked(() -> Relufication.of(model))
            : model);
  }

  private Recipe recipe(Optional<ModelConfig> init, Recipe.Resources resources) {
    var request = options.size().in(options.recipe().request());
    return init.map(model ->
            place.turn().isPresent()
                ? Recipe.ofTurned(model, request, resources)
                : Recipe.of(model, request, resources))
        .orElseGet(() -> Recipe.of(request, resources));
  }

  private Recipe recipe(Prepared prepared, Recipe.Resources resources) {
    var recipe = recipe(prepared.init(), resources);
    var end = prepared.tokenizer().map(Tokenizer::endOfText).orElse(OptionalInt.empty());
    return prepared.init().isEmpty() ? recipe.withEnd(end) : recipe;
  }

  private static String whole(Path path) {
    return path.toAbsolutePath().normalize().toString();
  }

  /// What the run is, for the next to go on with.
  private Flags flags(Recipe recipe, Dataset dataset, OptionalDouble before) {
    var flags = new LinkedHashMap<String, List<String>>();
    flags.put("data", text.data().names());
    flags.put(HeldOutText.FINGERPRINT, List.of(dataset.fingerprint()));
    text.data().glob().ifPresent(glob -> flags.put("glob", List.of(glob)));
    if (!text.validation().isEmpty()) {
      flags.put("val-data", DataOptions.wholePaths(text.validation()));
    }
    flags.put("val-fraction", List.of(Double.toString(text.validationFraction())));
    place.init().ifPresent(init -> flags.put("init", List.of(whole(init))));
    place.turn().ifPresent(_ -> flags.put(RELUFIED, List.of("true")));
    before.ifPresent(loss -> flags.put(LOSS_BEFORE, List.of(Double.toString(loss))));
    options.report().said().forEach((flag, value) -> flags.put(flag, List.of(value)));
    options.engine().said().forEach((flag, value) -> flags.put(flag, List.of(value)));
    options.ranks().said().forEach((flag, value) -> flags.put(flag, List.of(value)));
    options.size().said().forEach((flag, value) -> flags.put(flag, List.of(value)));
    options.recipe().said().forEach((flag, value) -> flags.put(flag, List.of(value)));
    recipe
        .decisions()
        .forEach(decision -> flags.put(FlagNames.of(decision.name()), List.of(decision.value())));
    return new Flags(flags);
  }

  /// What contradicts itself was said on the command line.
  private <T> T checked(Supplier<T> decision) {
    try {
      return decision.get();
    } catch (TrainingException | ModelConfigException wrong) {
      throw misuse(wrong);
    }
  }

  /// @param isAllSaid whether nothing is added from an earlier run any more
  private void checkRanks(boolean isAllSaid) {
    try {
      options.ranks().check();
      if (isAllSaid) {
        options.ranks().checkOuterStep();
      }
    } catch (TrainingException wrong) {
      throw misuse(wrong);
    }
  }

  private ParameterException misuse(RuntimeException wrong) {
    return new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
