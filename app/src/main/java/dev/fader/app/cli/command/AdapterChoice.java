package dev.fader.app.cli.command;

import dev.fader.app.cli.option.MethodOptions;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.RecipeOptions;
import dev.fader.app.hub.ModelName;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.Origin;
import dev.fader.model.adapter.PrefixMethod;
import dev.fader.model.adapter.PromptMethod;
import dev.fader.model.adapter.StoredAdapter;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe.Decision;
import dev.fader.tune.AdapterStart;
import dev.fader.tune.ClassLabels;
import dev.fader.tune.LearningData.Classifications;
import dev.fader.tune.TuningData;
import dev.fader.tune.TuningTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// The adapter that is tuned: one that exists, or a new one.
final class AdapterChoice {
  private final CommandSpec spec;
  private final Path model;
  private final Optional<Path> directory;
  private final MethodOptions method;
  private final RecipeOptions recipe;
  private final Optional<StoredAdapter> stored;

  private AdapterChoice(CommandSpec spec, TuningJob.Place place, TuningJob.Options options)
      throws IOException {
    this.spec = spec;
    this.model = place.model().orElseThrow();
    this.directory = place.adapter();
    this.method = options.method();
    this.recipe = options.recipe();
    this.stored = directory.isPresent() ? Optional.of(stored(directory.get())) : Optional.empty();
  }

  /// The adapter that was asked for.
  ///
  /// @throws ParameterException if it contradicts itself
  static AdapterChoice of(CommandSpec spec, TuningJob.Place place, TuningJob.Options options)
      throws IOException {
    return new AdapterChoice(spec, place, options);
  }

  private StoredAdapter stored(Path from) throws IOException {
    method.requireNone(from.toString());
    return StoredAdapter.of(from);
  }

  private AdapterConfig config(LoadedModel base) throws IOException {
    if (stored.isEmpty()) {
      return method.config(base.config(), base.tokenizer(), recipe, origin(Origin.CAUSAL_LM));
    }
    var config = stored.get().config(base.decoder().parameters());
    double dropout = config.method() instanceof LoraMethod lora ? lora.variant().dropout() : 0;
    double wanted = recipe.number(Hyperparameter.DROPOUT).orElse(dropout);
    if ((float) wanted != (float) dropout) {
      throw misuse(
          "--dropout is %s, and that of --init-adapter %s is %s: leave it out"
              .formatted(wanted, stored.get().path(), dropout));
    }
    return config;
  }

  /// Warns of an adapter that exists and is for another model.
  void warnOfOtherModel(LoadedModel base) throws IOException {
    if (stored.isPresent()) {
      config(base).origin().warnUnlessFor(base.path(), directory.orElseThrow());
    }
  }

  /// How many virtual tokens it puts before a text.
  int virtualTokens(LoadedModel base) throws IOException {
    return switch (config(base).method()) {
      case PromptMethod prompt -> prompt.tokens();
      case PrefixMethod prefix -> prefix.tokens();
      default -> 0;
    };
  }

  private Origin origin(String task) {
    boolean named = !Files.exists(model) && ModelName.isLike(model.toString());
    return new Origin(
        Optional.of(named ? model.toString() : whole(model)), Optional.empty(), Optional.of(task));
  }

  static String whole(Path path) {
    return Files.exists(path) ? path.toAbsolutePath().normalize().toString() : path.toString();
  }

  /// The labels of an adapter that exists and classifies.
  Optional<ClassLabels> labels(LoadedModel base, TuningTask task) throws IOException {
    if (directory.isEmpty()) {
      return Optional.empty();
    }
    try (var arena = TensorMemory.unlimited().open("adapter")) {
      var adapter = stored.orElseThrow().read(base.decoder().parameters(), arena);
      boolean classifies = adapter.head().isPresent();
      if (classifies != (task == TuningTask.CLASSIFICATION)) {
        var why =
            classifies
                ? "classifies texts, and the data has no labels: give texts with labels"
                : "has no classification head, and the data has labels: leave it out, to make a new adapter";
        throw misuse("--init-adapter %s %s".formatted(directory.get(), why));
      }
      return adapter.head().isEmpty()
          ? Optional.empty()
          : ClassLabels.find(directory.get())
              .or(() -> Optional.of(ClassLabels.numbered(adapter.head().get().labels())));
    }
  }

  /// What it is, with a head for the classes of the data.
  AdapterConfig config(LoadedModel base, TuningData data) throws IOException {
    var config = config(base);
    return data.learning() instanceof Classifications texts
        ? config.withOrigin(origin(Origin.SEQ_CLS)).withLabels(texts.classes().names().size())
        : config.withOrigin(origin(Origin.CAUSAL_LM));
  }

  /// What it begins as.
  AdapterStart start(LoadedModel base, TuningData data, long seed) throws IOException {
    var config = config(base, data);
    if (directory.isPresent()) {
      return new AdapterStart.Stored(directory.get(), Optional.of(config.origin()));
    }
    return method.original().isPresent()
        ? new AdapterStart.Toward(config, seed, ModelArgument.resolve(method.original().get()))
        : new AdapterStart.New(config, seed);
  }

  /// What was chosen of it, and why.
  List<Decision> decisions(AdapterConfig config) {
    return directory.isPresent() ? List.of() : method.decisions(config);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
