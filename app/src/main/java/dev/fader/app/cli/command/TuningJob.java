package dev.fader.app.cli.command;

import dev.fader.adapter.AdapterException;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ExampleOptions;
import dev.fader.app.cli.option.LaunchedRanks;
import dev.fader.app.cli.option.MethodOptions;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.RankOptions;
import dev.fader.app.cli.option.RecipeFile;
import dev.fader.app.cli.option.RecipeFile.Flags;
import dev.fader.app.cli.option.RecipeOptions;
import dev.fader.app.cli.option.RememberedOptions;
import dev.fader.app.cli.option.ReportOptions;
import dev.fader.app.cli.option.TemplateOptions;
import dev.fader.app.cli.report.ExampleView;
import dev.fader.app.cli.report.TrainingReport;
import dev.fader.app.cli.report.TuningPlanReport;
import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.app.view.Json;
import dev.fader.generate.ChatTemplate;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.inspect.plan.FlopsPerToken;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.kernel.Engine;
import dev.fader.model.adapter.AdaLoraMethod;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.UsefulRank;
import dev.fader.model.file.ChatTemplates;
import dev.fader.model.file.LoadedModel;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.OutputLock;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.tune.AdapterLearner;
import dev.fader.tune.AdapterStart;
import dev.fader.tune.InvokedExamples;
import dev.fader.tune.LearningData;
import dev.fader.tune.TuningData;
import dev.fader.tune.TuningDataReader;
import dev.fader.tune.TuningMemory;
import dev.fader.tune.TuningTask;
import dev.fader.tune.example.ExampleEncoder;
import dev.fader.tune.recipe.TuningPlan;
import dev.fader.tune.recipe.TuningRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// A run of tuning as the user asked for it: model, examples, adapter, recipe, run, report.
final class TuningJob {
  /// Where things come from and go.
  ///
  /// @param model none only for a run that goes on
  /// @param template a chat template in place of the model's
  /// @param adapter one that learns on
  /// @param out none only to show examples
  record Place(
      Optional<Path> model,
      Optional<Path> template,
      Optional<Path> adapter,
      Optional<Path> out,
      boolean resume,
      boolean overwrite) {}

  /// How it is tuned, told and computed.
  record Options(
      ExampleOptions examples,
      MethodOptions method,
      RecipeOptions recipe,
      TemplateOptions template,
      ReportOptions report,
      EngineOptions engine,
      RankOptions ranks) {}

  private static final String TIME = "time";
  private static final String STOPS = "stop-when-overfitting";

  private final CommandSpec spec;
  private final Place place;
  private final Options options;
  private final RememberedOptions remembered;
  private final Consumer<String> notices;
  private final LocalDateTime now;

  TuningJob(CommandSpec spec, Place place, Options options) {
    this(spec, place, options, LocalDateTime.now(ZoneId.systemDefault()).withNano(0));
  }

  private TuningJob(CommandSpec spec, Place place, Options options, LocalDateTime now) {
    this.spec = spec;
    this.place = place;
    this.options = options;
    this.now = now;
    this.notices = options.report().notices(spec);
    var names = new ArrayList<>(MethodOptions.NAMES);
    names.addAll(ExampleOptions.NAMES);
    names.addAll(List.of("set", "template-name"));
    this.remembered = new RememberedOptions(spec, names);
  }

  /// Does it, or only says what it would do. Returns the exit code.
  ///
  /// @param shown so many examples, and nothing else, unless 0
  int run(LaunchedRanks ranks, boolean dryRun, int shown) throws IOException {
    checkRanks(!place.resume());
    return shown > 0 ? prepare(ranks, dryRun, shown) : run(ranks, dryRun);
  }

  private int run(LaunchedRanks ranks, boolean dryRun) throws IOException {
    ranks.awaitFirst();
    var out = place.out().orElseThrow();
    var output = new OutputDirectory(out);
    if (ranks.leads()) {
      options.report().requireLog(spec);
      requireApart(out, place.model(), "the model that is tuned");
      requireApart(out, place.adapter(), "the adapter that it begins with");
      OutputLock.requireFree(out);
      ranks.notice().ifPresent(notices);
      learning().requireUsable();
    }
    ranks.isPrepared();
    var job = new TuningJob(spec, place, options, ranks.first(now));
    if (place.resume()) {
      output.requireCheckpoint(); // on other machines, too
      return job.continued(RecipeFile.read(out)).prepare(ranks, dryRun, 0);
    }
    if (ranks.size() > 1) {
      options.recipe().accumulateOtherwise(ranks.size());
    }
    return job.prepare(ranks, dryRun, 0);
  }

  private LearningRun learning() {
    return new LearningRun(spec, place.out().orElseThrow(), place.resume(), place.overwrite());
  }

  /// @param isAllSaid whether nothing is added from an earlier run any more
  private void checkRanks(boolean isAllSaid) {
    try {
      options.ranks().checkForFew();
      if (isAllSaid) {
        options.ranks().checkOuterStep();
      }
    } catch (TrainingException wrong) {
      throw misuse(wrong);
    }
  }

  /// Nothing that is read is deleted, whatever --overwrite says.
  private void requireApart(Path out, Optional<Path> read, String what) throws IOException {
    if (read.isPresent()
        && Files.exists(out)
        && Files.exists(read.get())
        && Files.isSameFile(out, read.get())) {
      throw misuse("--out %s is %s: choose another directory".formatted(out, what));
    }
  }

  /// The same job, as far as the user does not repeat it, as it was begun.
  private TuningJob continued(Flags earlier) {
    var out = place.out().orElseThrow();
    remembered.otherwise(earlier, out);
    options.recipe().otherwise(earlier, out);
    options.report().otherwise(earlier);
    options.engine().otherwise(earlier);
    options.ranks().otherwise(earlier);
    checkRanks(true);
    options.examples().otherwise(earlier);
    var model = sameAs(earlier, "model", place.model());
    if (model.isEmpty()) {
      throw misuse("%s does not say which model it tuned: name MODEL".formatted(out));
    }
    var before =
        new Place(
            model,
            sameAs(earlier, "chat-template", place.template()),
            sameAs(earlier, "init-adapter", place.adapter()),
            place.out(),
            true,
            false);
    var time = earlier.one(TIME).map(LocalDateTime::parse).orElse(now);
    return new TuningJob(spec, before, options, time);
  }

  private Optional<Path> sameAs(Flags earlier, String flag, Optional<Path> given) {
    given.ifPresent(
        path -> earlier.requireSame(place.out().orElseThrow(), flag, AdapterChoice.whole(path)));
    return given.or(() -> earlier.one(flag).map(Path::of));
  }

  private int prepare(LaunchedRanks ranks, boolean dryRun, int shown) throws IOException {
    var start = AdapterChoice.of(spec, place, options);
    var files = options.examples().files(); // what is missing is said before a model is opened
    var validation = options.examples().validationFiles();
    var task = TuningDataReader.task(files);
    options.examples().requireFor(task);
    try (var engine = options.engine().open(options.recipe().precision(), ranks.share());
        var base = ModelArgument.open(place.model().orElseThrow(), engine, false)) {
      if (task == TuningTask.PREFERENCE && start.virtualTokens(base) > 0) {
        throw misuse(
            "preferences are compared with those of the model without an adapter, which knows no virtual tokens: choose another --method than prompt or prefix");
      }
      if (ranks.leads()) {
        start.warnOfOtherModel(base);
      }
      var template = template(base);
      var labels = start.labels(base, task);
      int context = context(base, start);
      var encoder = encoder(base, template);
      var request =
          new TuningDataReader.Request(
              files,
              validation,
              options.examples().heldOut(),
              context,
              options.examples().wishes(labels));
      var data = new TuningDataReader(request, encoder).read();
      if (shown > 0) {
        new ExampleView(spec.commandLine().getOut(), base.tokenizer()).show(data, shown);
        return 0;
      }
      return tune(new Prepared(engine, ranks, base, template, data, start), context, dryRun);
    }
  }

  /// What a run is made of.
  private record Prepared(
      Engine engine,
      LaunchedRanks ranks,
      LoadedModel base,
      Optional<ChatTemplate> template,
      TuningData data,
      AdapterChoice start) {}

  private Optional<ChatTemplate> template(LoadedModel base) throws IOException {
    var template =
        place.template().isPresent()
            ? Optional.of(ChatTemplate.read(place.template().get(), base.path()))
            : ChatTemplate.of(base.path(), place.adapter().stream().toList());
    return template.map(options.template()::applyTo);
  }

  private ExampleEncoder encoder(LoadedModel base, Optional<ChatTemplate> template) {
    return new ExampleEncoder(
        new ExampleEncoder.Settings(
            base.config().vocabularySize(),
            base.tokenizer(),
            template,
            options.examples().scope(),
            now));
  }

  /// The tokens that there is room for beside those of the adapter.
  private int context(LoadedModel base, AdapterChoice start) throws IOException {
    int most = base.config().context() - start.virtualTokens(base);
    if (most < 1) {
      throw misuse(
          "the adapter's virtual tokens leave no room in the model's context of %d"
              .formatted(base.config().context()));
    }
    double wanted = options.recipe().number(Hyperparameter.CONTEXT).orElse((double) most);
    if (wanted < 1 || wanted > most) {
      throw misuse(
          "--context is %.0f, and must be from 1 to the %d that the model has room for"
              .formatted(wanted, most));
    }
    return (int) wanted;
  }

  private int tune(Prepared prepared, int context, boolean dryRun) throws IOException {
    var base = prepared.base;
    var ranks = prepared.ranks;
    var config = prepared.start.config(base, prepared.data);
    var invoked = invoked(prepared, config);
    var machine = ranks.share(Machine.here());
    var setup = setup(prepared, config, context);
    var recipe = setup.recipe;
    var plan = setup.plan;
    var notices = notices(ranks);
    var told = new TuningPlanReport(notices);
    told.data(prepared.data);
    if (options.report().explain()) {
      told.explain(prepared.start.decisions(config), recipe);
    }
    told.show(config, recipe, plan, machine);
    invoked.ifPresent(notices);
    prepared.data.notices().forEach(notices);
    if (place.adapter().isEmpty()) {
      UsefulRank.notice(config, base.config()).ifPresent(notices);
    }
    plan.requireMemory(machine);
    if (dryRun) {
      if (options.report().json() && ranks.leads()) {
        spec.commandLine()
            .getOut()
            .println(Json.text(TuningPlanReport.summary(prepared.data, plan, machine)));
      }
      return 0;
    }
    if (ranks.size() > 1) { // to compare models is to read them whole
      ranks.requireSame(Map.of("model", base.fingerprint()));
    }
    ranks.awaitAll();
    return train(prepared, setup);
  }

  private Consumer<String> notices(LaunchedRanks ranks) {
    return ranks.leads() ? notices : line -> {};
  }

  /// What will be done, by the speed of the first rank.
  private record Setup(TuningRecipe recipe, TuningPlan plan, MachineSpeed speed) {}

  /// What all ranks must decide alike, they decide by the machine of the first, and as one process
  /// would that has the same microbatches; the memory is that of this rank.
  private Setup setup(Prepared prepared, AdapterConfig config, int context) {
    var base = prepared.base;
    var ranks = prepared.ranks;
    var subject =
        new TuningMemory.Subject(
            base.decoder().parameters(),
            config,
            place.adapter().isEmpty(),
            prepared.data.task(),
            isMultiple(prepared.data));
    var machine = ranks.first(ranks.share(Machine.here()));
    try {
      var wanted =
          new TuningRecipe.Subject(
              base.config(),
              config.method(),
              prepared.data.task(),
              prepared.data.counts(),
              context,
              0); // what is wrong is said before the machine is measured, which takes seconds
      var request = options.recipe().request();
      var recipe = TuningRecipe.of(request, wanted, training -> fits(subject, training, machine));
      var memory = TuningMemory.of(subject, recipe.training(), ranks.ranks());
      var speed =
          ranks.first(ranks.leads() ? EngineOptions.speed(prepared.engine) : MachineSpeed.ASSUMED);
      var together = together(speed, recipe, ranks);
      if (recipe.training().budget() instanceof TrainingBudget.Minutes) {
        var known = wanted.at(secondsPerToken(prepared, together));
        recipe = TuningRecipe.of(request, known, training -> fits(subject, training, machine));
        memory = TuningMemory.of(subject, recipe.training(), ranks.ranks());
      }
      ranks.requireSame(facts(prepared, config, recipe));
      return new Setup(recipe, TuningPlan.of(base.config(), memory, recipe, together), speed);
    } catch (AdapterException wrong) {
      throw misuse(inOptions(String.valueOf(wrong.getMessage())));
    } catch (TrainingException | ArithmeticException wrong) {
      throw misuse(wrong);
    }
  }

  /// The speed of all ranks, of which the one with most microbatches decides.
  private static MachineSpeed together(
      MachineSpeed speed, TuningRecipe recipe, LaunchedRanks ranks) {
    int microbatches = recipe.training().batching().accumulate();
    double times = (double) microbatches / Math.ceilDiv(microbatches, ranks.size());
    return new MachineSpeed(times * speed.flopsPerSecond(), times * speed.bytesPerSecond());
  }

  /// What must be the same on all ranks; examples are compared by the run itself, and models before
  /// they learn.
  private Map<String, String> facts(Prepared prepared, AdapterConfig config, TuningRecipe recipe) {
    var facts = new LinkedHashMap<String, String>();
    facts.put("version", String.join(", ", spec.version()));
    facts.put(
        "tokenizer",
        prepared.base.tokenizer().map(Tokenizer::fingerprint).orElse("that of token ids"));
    facts.put("arithmetic", prepared.engine.kernels().arithmetic());
    facts.put("adapter", config.method() + ", " + config.targets() + ", " + config.learnedWhole());
    for (var decision : recipe.decisions()) {
      facts.put(FlagNames.of(decision.name()), decision.value());
    }
    return facts;
  }

  /// What to say where an adapter waits for an invocation that not all examples have.
  ///
  /// @throws ParameterException if none has it
  private Optional<String> invoked(Prepared prepared, AdapterConfig config) {
    if (!(config.method() instanceof LoraMethod lora) || lora.invocation().isEmpty()) {
      return Optional.empty();
    }
    var ids = lora.invocation();
    var words =
        prepared
            .base
            .tokenizer()
            .map(known -> "'" + known.decode(ids.stream().mapToInt(id -> id).toArray()) + "'")
            .orElseGet(() -> "of the ids " + ids);
    var found = InvokedExamples.of(prepared.data.learning(), ids);
    if (found.invoked() == 0) {
      throw misuse(
          "none of the %,d examples has the invocation %s before what is learned, so that nothing would learn: --show 1 shows how they read"
              .formatted(found.all(), words));
    }
    return found.invoked() == found.all()
        ? Optional.empty()
        : Optional.of(
            "the adapter learns from %,d of %,d examples: the others do not have its invocation %s before what is learned"
                .formatted(found.invoked(), found.all(), words));
  }

  /// What is wrong with a new adapter by the options that say what it is.
  private static String inOptions(String message) {
    return message
        .replace("`target_modules`", "--targets")
        .replace("`target_parameters`", "--expert-targets")
        .replace("`lora_dropout`", "--dropout")
        .replace("`modules_to_save`", "--save-modules")
        .replace("`trainable_token_indices`", "--token-ids");
  }

  private static boolean isMultiple(TuningData data) {
    return data.learning() instanceof LearningData.Classifications texts
        && texts.classes().several();
  }

  private static boolean fits(
      TuningMemory.Subject subject, TrainingConfig training, Machine machine) {
    return TuningMemory.of(subject, training).tensors() <= 0.8 * machine.availableBytes();
  }

  private static double secondsPerToken(Prepared prepared, MachineSpeed speed) {
    var model = prepared.base.config();
    int time = Math.max(1, prepared.data.counts().longest());
    return 2
        * FlopsPerToken.of(model, time, false).forward()
        / (speed.flopsPerSecond() * TrainingPlan.utilization(model.width()));
  }

  private int train(Prepared prepared, Setup setup) throws IOException {
    var training = setup.recipe.training();
    var start = prepared.start.start(prepared.base, prepared.data, training.seed());
    var task = new AdapterLearner.Task(prepared.base, start, training, prepared.data.learning());
    if (!prepared.ranks.leads()) {
      try (var run = run(prepared, task, learner(prepared, task))) {
        return learning().follow(run);
      }
    }
    var output = new OutputDirectory(place.out().orElseThrow());
    try {
      return lead(prepared, task, setup);
    } catch (IOException | RuntimeException | Error failed) {
      output.forgetIfUntrained();
      throw failed;
    }
  }

  private int lead(Prepared prepared, AdapterLearner.Task task, Setup setup) throws IOException {
    var out = place.out().orElseThrow();
    var learner = learner(prepared, task);
    keepTemplates(learner);
    // What the options say is understood before a run is begun, which deletes one that was there.
    var flags = flags(setup.recipe);
    var told =
        new TrainingReport.Setup(prepared.engine, setup.speed, subject(prepared, setup, learner));
    try (var run = run(prepared, task, learner)) {
      learner.writeFixed(out);
      RecipeFile.write(out, flags);
      return learning().lead(run, options.report(), told);
    }
  }

  private static AdapterLearner learner(Prepared prepared, AdapterLearner.Task task)
      throws IOException {
    return new AdapterLearner(task, LearningRun.compute(prepared.engine, prepared.ranks));
  }

  private TrainingRun run(Prepared prepared, AdapterLearner.Task task, AdapterLearner learner)
      throws IOException {
    var course =
        new TrainingRun.Course(
            task.config(),
            prepared.engine.kernels().arithmetic(),
            place.out().orElseThrow(),
            keepsLast(task));
    return new TrainingRun(course, learner, learning().beginning(Optional.empty()));
  }

  /// Those that are not the model's own.
  private void keepTemplates(AdapterLearner learner) throws IOException {
    if (place.template().isPresent()) {
      learner.keepTemplates(ChatTemplates.ofFile(place.template().get()));
    } else if (place.adapter().isPresent()) {
      learner.keepTemplates(ChatTemplates.of(place.adapter().get()));
    }
  }

  /// AdaLoRA's ranks are those that were wanted only at the end.
  private boolean keepsLast(AdapterLearner.Task task) {
    return options.recipe().keepLast()
        || (task.start() instanceof AdapterStart.New made
            && made.config().method() instanceof AdaLoraMethod);
  }

  private TrainingReport.Subject subject(Prepared prepared, Setup setup, AdapterLearner learner) {
    var counts = prepared.data.counts();
    var samples =
        new SamplePrompt(prepared.base, prepared.template, now)
            .of(options.report().samplePrompt(), prepared.data.learning());
    return new TrainingReport.Subject(
        options.method().isFull() ? "model" : "adapter",
        place.out().orElseThrow(),
        "tune",
        setup.recipe.training().budget(),
        setup.plan.trained(),
        switch (prepared.data.task()) {
          case CONTINUATION -> "tokens";
          case PREFERENCE -> "pairs";
          case CLASSIFICATION -> "texts";
        },
        setup.plan.flopsPerToken() * counts.tokens() / Math.max(1, counts.targets()),
        loss -> OptionalDouble.empty(),
        learner::measures,
        samples,
        OptionalDouble.empty());
  }

  /// What the run is, for the next to go on with.
  private Flags flags(TuningRecipe recipe) {
    var flags = new LinkedHashMap<String, List<String>>();
    place.model().ifPresent(model -> flags.put("model", List.of(AdapterChoice.whole(model))));
    place
        .template()
        .ifPresent(file -> flags.put("chat-template", List.of(AdapterChoice.whole(file))));
    place
        .adapter()
        .ifPresent(from -> flags.put("init-adapter", List.of(AdapterChoice.whole(from))));
    flags.put("data", options.examples().names());
    if (!options.examples().validationNames().isEmpty()) {
      flags.put("val-data", options.examples().validationNames());
    }
    flags.put(TIME, List.of(now.toString()));
    flags.putAll(remembered.said());
    options.report().said().forEach((flag, value) -> flags.put(flag, List.of(value)));
    options.engine().said().forEach((flag, value) -> flags.put(flag, List.of(value)));
    options.ranks().said().forEach((flag, value) -> flags.put(flag, List.of(value)));
    options.recipe().said().forEach((flag, value) -> flags.put(flag, List.of(value)));
    recipe
        .decisions()
        .forEach(decision -> flags.put(FlagNames.of(decision.name()), List.of(decision.value())));
    flags.put(STOPS, List.of(Boolean.toString(recipe.training().stopWhenOverfitting())));
    return new Flags(flags);
  }

  private ParameterException misuse(RuntimeException wrong) {
    return new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
