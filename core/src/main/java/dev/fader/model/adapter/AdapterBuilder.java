package dev.fader.model.adapter;

import dev.fader.adapter.Adapter;
import dev.fader.adapter.AdapterException;
import dev.fader.adapter.EmbeddingAdapter;
import dev.fader.adapter.ExpertAdapter;
import dev.fader.adapter.ModelAdapter;
import dev.fader.adapter.ModelAdapter.VirtualTokens;
import dev.fader.adapter.PromptEncoder;
import dev.fader.format.Spelling;
import dev.fader.grad.Variable;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.model.adapter.BaseModule.Kind;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// Puts an adapter together, as its configuration says, of numbers from wherever they come.
final class AdapterBuilder {
  /// What peft puts before the name of a module.
  static final String PREFIX = "base_model.model.";

  private final boolean strict;
  private final AdapterConfig config;
  private final BaseModules modules;
  private final AdapterNumbers numbers;
  private final List<BaseModule> targets;
  private final SequencedMap<String, Adapter> projections = new LinkedHashMap<>();
  private final List<EmbeddingAdapter> embeddings = new ArrayList<>();
  private final SequencedMap<String, ExpertAdapter> experts = new LinkedHashMap<>();
  private final SequencedMap<String, Variable> replaced = new LinkedHashMap<>();
  private Optional<VirtualTokens> virtualTokens = Optional.empty();

  /// @param strict whether the adapter begins, so that each target must match something
  AdapterBuilder(
      AdapterConfig config, BaseModules modules, AdapterNumbers numbers, boolean strict) {
    this.strict = strict;
    this.config = config;
    this.modules = modules;
    this.numbers = numbers;
    var selected =
        UsualTargets.hasTargets(config)
            ? modules.select(
                config.targets(),
                UsualTargets.of(config, modules.config()),
                strict,
                config.learnedWhole().modules())
            : List.<BaseModule>of();
    this.targets = strict ? selected : withoutExperts(selected);
    if (strict) {
      Ranks.of(config.method()).ifPresent(this::requirePatterns);
    }
  }

  /// Names of peft's files that match experts, too, mean only the other modules: in transformers 5
  /// experts are no modules.
  private static List<BaseModule> withoutExperts(List<BaseModule> selected) {
    var others = selected.stream().filter(module -> module.kind() != Kind.EXPERTS).toList();
    return others.isEmpty() ? selected : others;
  }

  /// @throws AdapterException if a pattern of ranks or alphas matches none of the targets
  private void requirePatterns(Ranks ranks) {
    var names = targets.stream().map(BaseModule::name).toList();
    for (var pattern : ranks.patterns()) {
      if (names.stream().noneMatch(name -> Ranks.matches(pattern, name))) {
        var known =
            names.stream()
                .map(name -> name.substring(name.lastIndexOf('.') + 1))
                .distinct()
                .toList();
        var nearest = Spelling.nearest(known, name -> Spelling.edits(pattern, name));
        throw new AdapterException(
            "the pattern '%s' of a rank or alpha matches none of the targets; the nearest are %s"
                .formatted(pattern, String.join(", ", nearest)));
      }
    }
  }

  /// @throws AdapterException if the configuration does not fit the model
  Built build() {
    AdapterMethods.build(config.method(), this);
    addBiases();
    addWhole();
    var adapter =
        new ModelAdapter(
            projections, embeddings, modules.embedding().name(), replaced, virtualTokens, experts);
    return new Built(adapter, head());
  }

  /// An adapter, and its classification head.
  record Built(ModelAdapter adapter, Optional<ClassificationHead> head) {}

  ModelConfig model() {
    return modules.config();
  }

  /// Whether the adapter begins, and is not read.
  boolean begins() {
    return strict;
  }

  BaseModules modules() {
    return modules;
  }

  AdapterNumbers numbers() {
    return numbers;
  }

  /// The modules that the method changes.
  List<BaseModule> targets() {
    return targets;
  }

  /// The projections that the method changes.
  ///
  /// @param head whether the method can change the head
  /// @throws AdapterException if there is something else among its modules
  List<BaseModule> projections(boolean head) {
    for (var module : targets) {
      requireProjection(module, head);
    }
    return targets;
  }

  /// @param head whether the method can change the head
  /// @throws AdapterException if the method cannot change this module
  void requireProjection(BaseModule module, boolean head) {
    boolean can =
        switch (module.kind()) {
          case PROJECTION, ROUTER -> true;
          case HEAD -> head;
          default -> false;
        };
    if (can) {
      return;
    }
    String what =
        switch (module.kind()) {
          case NORM -> "is a norm";
          case EMBEDDING, POSITIONS -> "is an embedding";
          case HEAD -> "is the head";
          case TIED_HEAD -> "is the embedding, too";
          case EXPERTS -> "belongs to the experts";
          default -> "is no projection";
        };
    throw new AdapterException(
        "%s cannot change '%s', which %s: leave it out of `target_modules`%s"
            .formatted(
                config.method().type(),
                module.name(),
                what,
                strict ? "" : ", or merge the adapter with peft"));
  }

  /// Makes sure that a method of the embedding is not told to change something else.
  ///
  /// @throws AdapterException if it is
  void requireEmbedding() {
    if (config.targets().modules() instanceof ModuleSelection.Usual) {
      return;
    }
    for (var module : modules.select(config.targets(), List.of(), true, List.of())) {
      if (module.kind() != Kind.EMBEDDING && module.kind() != Kind.TIED_HEAD) {
        throw new AdapterException(
            "rows of tokens can be learned in '%s', and not in '%s'"
                .formatted(modules.embedding().name(), module.name()));
      }
    }
  }

  /// A learned parameter of a module.
  Variable learned(BaseModule module, String name, Shape shape, InitialValue initial) {
    return numbers.learned(PREFIX + module.name() + "." + name, shape, initial);
  }

  /// A learned parameter of a module that no entry of the table stands for.
  Variable learned(String module, String name, Shape shape, InitialValue initial) {
    return numbers.learned(PREFIX + module + "." + name, shape, initial);
  }

  /// A learned parameter of a module with a row for each of its outputs.
  Variable learnedOutputs(BaseModule module, String name, Shape shape, InitialValue initial) {
    String key = PREFIX + module.name() + "." + name;
    var order = modules.order(module);
    return order.isPresent()
        ? numbers.learnedRows(key, shape, initial, order.get())
        : numbers.learned(key, shape, initial);
  }

  void beside(BaseModule module, Adapter adapter) {
    projections.put(module.name(), adapter);
  }

  void embedding(EmbeddingAdapter adapter) {
    embeddings.add(adapter);
  }

  void besideExperts(String parameter, ExpertAdapter adapter) {
    experts.put(parameter, adapter);
  }

  void virtualTokens(Variable rows) {
    virtualTokens = Optional.of(new VirtualTokens(rows, false, Optional.empty()));
  }

  void virtualTokens(Variable rows, PromptEncoder encoder) {
    virtualTokens = Optional.of(new VirtualTokens(rows, false, Optional.of(encoder)));
  }

  void virtualKeysValues(Variable rows) {
    virtualTokens = Optional.of(new VirtualTokens(rows, true, Optional.empty()));
  }

  /// Learns an entry of the parameter table under the name `key` in the file.
  ///
  /// @throws AdapterException if the model has it in a form that the file does not
  void replace(String key, ParameterSpec spec) {
    var initial = new InitialValue.Same(spec);
    var order = modules.order(spec);
    if (spec.role().isNorm() && !spec.bias() && modules.shiftsNorms()) {
      throw new AdapterException(
          "'%s' is stored with 1 added in GGUF files of this family: use the adapter with the model's directory"
              .formatted(spec.name()));
    }
    replaced.put(
        spec.name(),
        order.isPresent()
            ? numbers.learnedRows(PREFIX + key, spec.shape(), initial, order.get())
            : numbers.learned(PREFIX + key, spec.shape(), initial));
  }

  /// Learns an entry of the parameter table as it is in memory, whatever its form in files.
  void learnItself(ParameterSpec spec) {
    replaced.put(
        spec.name(),
        numbers.learned(PREFIX + spec.name(), spec.shape(), new InitialValue.Same(spec)));
  }

  private void addBiases() {
    switch (config.learnedWhole().biases()) {
      case NONE -> {}
      case OF_TARGETS -> targets.forEach(this::addBias);
      case ALL -> modules.all().forEach(this::addBias);
    }
  }

  private void addBias(BaseModule module) {
    if (module.bias().isPresent()) {
      String owner = targets.contains(module) ? module.name() + ".base_layer" : module.name();
      replace(owner + ".bias", module.bias().get());
    }
  }

  private void addWhole() {
    for (var module : modules.endingWith(config.learnedWhole().modules())) {
      boolean shared = modules.config().embedding().tied() && module.kind() == Kind.EMBEDDING;
      if (shared || module.kind() == Kind.TIED_HEAD) {
        throw new AdapterException(
            "`modules_to_save` has '%s', which shares its matrix with the other end of this model: %s"
                .formatted(
                    module.name(),
                    strict
                        ? "leave it out, or learn rows of both with `trainable_token_indices`"
                        : "merge the adapter with peft, which takes them apart"));
      }
      replace(module.weight().name(), module.weight());
      module.bias().ifPresent(bias -> replace(bias.name(), bias));
    }
  }

  private Optional<ClassificationHead> head() {
    int labels = config.learnedWhole().labels();
    if (labels == 0) {
      return Optional.empty();
    }
    int width = modules.config().embeddingWidth();
    var weight =
        numbers.learned(
            PREFIX + ClassificationHead.NAME + ".weight",
            Shape.of(labels, width),
            new InitialValue.Normal(modules.config().initializerRange()));
    return Optional.of(new ClassificationHead(weight));
  }
}
