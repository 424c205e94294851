package dev.fader.model;

import dev.fader.adapter.Adapter;
import dev.fader.adapter.AdapterException;
import dev.fader.adapter.EmbeddingAdapter.TrainableTokens;
import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.EmbeddingTables.ReplacedRows;
import dev.fader.grad.ExpertLowRank;
import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The parameters of a model: an ordered table from name to tensor, with the names of the Hugging
/// Face layout.
///
/// A parameter that several layers share is one entry. The memory belongs to the arena that the
/// table was created in.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class Parameters {
  /// An acceptable number of entries, for which missing tensors are reported by name.
  private static final int FEW = 256;

  private final ModelConfig config;
  private final List<ParameterSpec> specs;
  private final AdapterPlaces adapters;
  private final SequencedMap<String, Variable> entries = new LinkedHashMap<>();
  private final Map<EntryKey, Variable> places = new HashMap<>();

  /// Prefixes in files of models saved without the head, such as some of GPT-2, and of multimodal
  /// models.
  private static final List<Prefix> PREFIXES =
      List.of(
          new Prefix("transformer.", ""),
          new Prefix("model.", ""),
          new Prefix("model.", "language_model.model."),
          new Prefix("model.", "model.language_model."),
          new Prefix("lm_head.", "language_model.lm_head."));

  private record Prefix(String ours, String theirs) {}

  /// The use of an entry.
  private record EntryKey(Role role, int layer, int expert, boolean bias) {}

  private Parameters(ModelConfig config, List<ParameterSpec> specs) {
    this(config, specs, AdapterPlaces.of(specs, List.of()));
  }

  private Parameters(ModelConfig config, List<ParameterSpec> specs, AdapterPlaces adapters) {
    this.config = config;
    this.specs = specs;
    this.adapters = adapters;
  }

  /// A table of float32 zeros for training: every entry has a gradient.
  public static Parameters learned(ModelConfig config, TensorArena weights, TensorArena gradients) {
    var parameters = new Parameters(config, ParameterLayout.of(config));
    for (var spec : parameters.specs) {
      parameters.put(
          spec,
          Variable.learned(
              weights.allocate(DType.FLOAT32, spec.shape()),
              gradients.allocate(DType.FLOAT32, spec.shape())));
    }
    return parameters;
  }

  /// How many layers with parameters of their own there is memory for, where layers take turns.
  public enum Turns {
    /// One: only the weights of the layer that runs are there.
    OF_WEIGHTS(1),
    /// Two: the gradients of a layer can still be used while the next one runs backwards.
    OF_GRADIENTS(2);

    private final int layers;

    Turns(int layers) {
      this.layers = layers;
    }
  }

  /// The same, but layers take turns with the memory of their gradients: each must be used, and
  /// cleared, before the backward pass of the next but one with parameters of its own.
  ///
  /// @param weightsToo whether they also take turns with the memory of their weights
  public static Parameters learnedInTurn(
      ModelConfig config, TensorArena weights, TensorArena gradients, boolean weightsToo) {
    var parameters = new Parameters(config, ParameterLayout.of(config));
    var values =
        weightsToo
            ? allocated(parameters.turns(Turns.OF_WEIGHTS), weights)
            : new HashMap<EntryKey, Tensor>();
    var slopes = allocated(parameters.turns(Turns.OF_GRADIENTS), gradients);
    for (var spec : parameters.specs) {
      var value = values.get(turn(spec, config, Turns.OF_WEIGHTS));
      var slope = slopes.get(turn(spec, config, Turns.OF_GRADIENTS));
      parameters.put(
          spec, Variable.learned(inTurn(spec, value, weights), inTurn(spec, slope, gradients)));
    }
    return parameters;
  }

  private SequencedMap<EntryKey, Long> turns(Turns turns) {
    return turns(specs, config, turns);
  }

  private static Tensor inTurn(ParameterSpec spec, @Nullable Tensor turn, TensorArena arena) {
    var shape = spec.shape();
    return turn != null && isInTurn(spec)
        ? turn.slice(0, shape.elements()).withShape(shape)
        : arena.allocate(DType.FLOAT32, shape);
  }

  private static Map<EntryKey, Tensor> allocated(Map<EntryKey, Long> turns, TensorArena arena) {
    var memory = new HashMap<EntryKey, Tensor>();
    turns.forEach((key, elements) -> memory.put(key, arena.floats(elements)));
    return memory;
  }

  /// Whether an entry is one of those whose memory layers can take turns with. What corrects the
  /// choice of experts is moved by itself, and little.
  public static boolean isInTurn(ParameterSpec spec) {
    return spec.role().inLayer() && spec.role() != Role.ROUTER_CORRECTION;
  }

  /// How many numbers these entries take where layers take turns.
  public static long numbersInTurn(List<ParameterSpec> specs, ModelConfig config, Turns turns) {
    long outside =
        specs.stream()
            .filter(spec -> !isInTurn(spec))
            .mapToLong(spec -> spec.shape().elements())
            .sum();
    return outside + turns(specs, config, turns).values().stream().mapToLong(Long::longValue).sum();
  }

  /// The most numbers of the entries that take turns.
  private static SequencedMap<EntryKey, Long> turns(
      List<ParameterSpec> specs, ModelConfig config, Turns turns) {
    var most = new LinkedHashMap<EntryKey, Long>();
    for (var spec : specs) {
      if (isInTurn(spec)) {
        most.merge(turn(spec, config, turns), spec.shape().elements(), Math::max);
      }
    }
    return most;
  }

  private static EntryKey turn(ParameterSpec spec, ModelConfig config, Turns turns) {
    int turn = spec.layer() / config.sharedLayers() % turns.layers;
    return new EntryKey(spec.role(), turn, spec.expert(), spec.bias());
  }

  /// A read-only table over existing tensors of any storage, such as those of a mapped file.
  ///
  /// @param tensors by name; unused ones are ignored
  /// @throws ModelConfigException if one is missing or its shape differs from the configuration
  public static Parameters fixed(ModelConfig config, Map<String, Tensor> tensors) {
    requireRoom(config, tensors.size());
    var parameters = new Parameters(config, ParameterLayout.of(config));
    for (var spec : parameters.specs) {
      parameters.put(spec, Variable.fixed(find(parameters.asStored(spec, tensors), tensors)));
    }
    return parameters;
  }

  /// The same entries with `adapters` beside them, which may replace some. Nothing is copied.
  ///
  /// @throws AdapterException if one names a module or an entry that this model does not have
  public Parameters adapted(List<ModelAdapter> adapters) {
    var adapted = new Parameters(config, specs, AdapterPlaces.of(specs, adapters));
    for (var spec : specs) {
      adapted.put(spec, get(spec));
    }
    for (var adapter : adapters) {
      adapter.replaced().forEach((name, variable) -> adapted.replace(name, variable));
    }
    return adapted;
  }

  /// The same entries with one adapter, and parameters that stand on their own, such as a
  /// classification head, to be learned along with it.
  ///
  /// @throws AdapterException if the adapter names a module or an entry that this model does not
  ///   have
  public Parameters adapted(ModelAdapter adapter, SequencedMap<String, Variable> apart) {
    var table = adapted(List.of(adapter));
    apart.forEach(table.adapters::add);
    return table;
  }

  private void replace(String name, Variable variable) {
    var spec =
        specs.stream()
            .filter(entry -> entry.name().equals(name))
            .findFirst()
            .orElseThrow(() ->
                new AdapterException(
                    "the adapter replaces '%s', which this model does not have: is it for another model?"
                        .formatted(name)));
    if (!spec.shape().equals(variable.value().shape())) {
      throw new AdapterException(
          "the adapter has '%s' of shape %s, and the model of %s: is it for another model?"
              .formatted(name, variable.value().shape(), spec.shape()));
    }
    put(spec, variable);
  }

  /// The adapters of this table.
  public List<ModelAdapter> adapters() {
    return adapters.adapters();
  }

  /// The adapters beside a projection, in their order.
  List<Adapter> beside(Role role, int layer) {
    return adapters.beside(role, first(role, layer));
  }

  /// Whether adapters change the experts of a layer.
  boolean changesExperts(int layer) {
    return adapters.changesExperts(layer);
  }

  /// What adapters add to a projection of the experts of a layer.
  ///
  /// @param outputs of the projection
  List<ExpertLowRank> expertChanges(Tape tape, Role role, int layer, int outputs) {
    return adapters.expertChanges(tape, role, layer, outputs);
  }

  /// Name, role and shape of every parameter that is learned, those of adapters last.
  public List<ParameterSpec> learned() {
    var learned = new ArrayList<ParameterSpec>();
    for (var spec : specs) {
      if (get(spec).needsGradient()) {
        learned.add(spec);
      }
    }
    adapters
        .added()
        .forEach((spec, variable) -> {
          if (variable.needsGradient()) {
            learned.add(spec);
          }
        });
    return learned;
  }

  /// Checks that there are tensors for the layers and experts of an untrusted configuration before
  /// a table of that size is allocated.
  ///
  /// @throws ModelConfigException if there are not
  public static void requireRoom(ModelConfig config, int tensors) {
    long layers = config.layers() / config.sharedLayers();
    int room = Math.max(tensors, FEW);
    if (layers > room) {
      throw new ModelConfigException(
          "the configuration has %d layers, and there are only %d tensors"
              .formatted(layers, tensors));
    }
    var experts = config.feedForward().experts();
    if (experts.isPresent()) {
      long withExperts = layers - experts.get().denseLayers().size();
      if (experts.get().entries() > room / Math.max(withExperts, 1)) {
        throw new ModelConfigException(
            "the configuration has %d layers of %d experts, and there are only %d tensors"
                .formatted(withExperts, experts.get().count(), tensors));
      }
    }
  }

  /// Copies the numbers of `source`, which has the same layout, converting their storage.
  ///
  /// @throws ModelConfigException if the layouts differ
  public void copyFrom(Parameters source) {
    copyFrom(source, spec -> true);
  }

  /// The same for those entries that are `wanted`.
  ///
  /// @throws ModelConfigException if the layouts differ
  public void copyFrom(Parameters source, Predicate<ParameterSpec> wanted) {
    if (!specs.equals(source.specs)) {
      throw new ModelConfigException("the parameters of another configuration do not fit this one");
    }
    for (var spec : specs) {
      if (wanted.test(spec)) {
        get(spec).value().copyFrom(source.get(spec).value());
      }
    }
  }

  /// The tensors of a Hugging Face directory: every entry by name, shared ones under the name of
  /// each layer, so that programs without layer sharing can read them.
  public SequencedMap<String, Tensor> stored() {
    return stored(spec -> true);
  }

  /// The same of those entries that are `wanted`.
  public SequencedMap<String, Tensor> stored(Predicate<ParameterSpec> wanted) {
    var stored = new LinkedHashMap<String, Tensor>();
    var names = config.names();
    for (var spec : specs) {
      if (!wanted.test(spec)) {
        continue;
      }
      int users = spec.role().inLayer() ? config.sharedLayers() : 1;
      for (int layer = spec.layer(); layer < spec.layer() + users; layer++) {
        store(spec, layer, names, stored);
      }
    }
    return stored;
  }

  /// Splits stacked experts if the family has one tensor for each.
  private void store(
      ParameterSpec spec, int layer, ParameterNames names, Map<String, Tensor> stored) {
    var value = get(spec).value();
    if (!spec.stacked(config) || !names.splitsExperts(spec.role())) {
      String stacked = names.stackedName(spec.role(), layer, spec.bias());
      String own = names.name(spec.role(), layer, spec.expert(), spec.bias());
      stored.put(spec.stacked(config) ? stacked : own, value);
      return;
    }
    var shape = value.shape();
    for (int expert = 0; expert < shape.dimension(0); expert++) {
      var part = value.slice(expert, 1);
      var one =
          spec.bias()
              ? part.reshape(shape.dimension(1))
              : part.reshape(shape.dimension(1), shape.dimension(2));
      stored.put(names.name(spec.role(), layer, expert, spec.bias()), one);
    }
  }

  /// A tied matrix may be stored only as the head.
  private ParameterSpec asStored(ParameterSpec spec, Map<String, Tensor> tensors) {
    var names = config.names();
    if (spec.role() != Role.TOKEN_EMBEDDING
        || !config.embedding().tied()
        || stored(spec.name(), tensors).isPresent()
        || !names.has(Role.HEAD)) {
      return spec;
    }
    String head = names.name(Role.HEAD, 0, 0, false);
    return stored(head, tensors).isEmpty()
        ? spec
        : new ParameterSpec(head, spec.role(), 0, 0, false, spec.shape());
  }

  private static Optional<Tensor> stored(String name, Map<String, Tensor> tensors) {
    var tensor = Optional.ofNullable(tensors.get(name));
    for (int i = 0; tensor.isEmpty() && i < PREFIXES.size(); i++) {
      var prefix = PREFIXES.get(i);
      if (name.startsWith(prefix.ours())) {
        String rest = name.substring(prefix.ours().length());
        tensor = Optional.ofNullable(tensors.get(prefix.theirs() + rest));
      }
    }
    return tensor;
  }

  private static Tensor find(ParameterSpec spec, Map<String, Tensor> tensors) {
    var tensor =
        stored(spec.name(), tensors)
            .orElseThrow(() ->
                new ModelConfigException(
                    "the weights have no tensor '%s', which the configuration asks for"
                        .formatted(spec.name())));
    if (!tensor.shape().equals(spec.shape())) {
      throw new ModelConfigException(
          "tensor '%s' has shape %s, and the configuration asks for %s"
              .formatted(spec.name(), tensor.shape(), spec.shape()));
    }
    return tensor;
  }

  private void put(ParameterSpec spec, Variable variable) {
    entries.put(spec.name(), variable);
    places.put(new EntryKey(spec.role(), spec.layer(), spec.expert(), spec.bias()), variable);
  }

  /// The configuration.
  public ModelConfig config() {
    return config;
  }

  /// Name, role and shape of every entry, in order.
  public List<ParameterSpec> specs() {
    return specs;
  }

  /// The entries by name, in order.
  public SequencedMap<String, Variable> entries() {
    return Collections.unmodifiableSequencedMap(entries);
  }

  /// The entry of a specification in this table, or beside it.
  public Variable get(ParameterSpec spec) {
    var variable = adapters.added().get(spec);
    return variable == null ? get(spec.name()) : variable;
  }

  /// The matrices in a two-dimensional entry, as views of `tensor`, which has its shape: queries,
  /// keys and values, or gate and up, if the family stores them fused, else the whole.
  public List<Matrix> matrices(ParameterSpec spec, Tensor tensor) {
    if (adapters.added().containsKey(spec)) {
      return List.of(Matrix.of(tensor));
    }
    var attention = config.attention();
    int[] outputs =
        switch (spec.role()) {
          case QUERY_KEY_VALUE ->
              new int[] {
                attention.queryWidth(), attention.keyValueWidth(), attention.keyValueWidth()
              };
          case GATE_UP -> new int[] {config.feedForward().width(), config.feedForward().width()};
          default -> new int[0];
        };
    var whole = Matrix.of(tensor);
    if (outputs.length == 0) {
      return List.of(whole);
    }
    boolean inputMajor = inputMajor();
    var matrices = new ArrayList<Matrix>();
    int start = 0;
    for (int count : outputs) {
      matrices.add(inputMajor ? whole.columns(start, count) : whole.rows(start, count));
      start += count;
    }
    return matrices;
  }

  /// The entry of this name.
  ///
  /// @throws IllegalArgumentException if there is none
  public Variable get(String name) {
    var variable = entries.get(name);
    if (variable == null) {
      throw new IllegalArgumentException("no parameter '" + name + "'");
    }
    return variable;
  }

  /// Whether `layer` has a weight of this role.
  boolean has(Role role, int layer) {
    return places.containsKey(new EntryKey(role, first(role, layer), 0, false));
  }

  /// Whether matrices are stored (in, out).
  boolean inputMajor() {
    return config.names().inputMajor();
  }

  /// The weight of a role outside the layers.
  public Variable weight(Role role) {
    return weight(role, 0);
  }

  /// The weight that `layer` uses, which it may share with another layer.
  ///
  /// @throws IllegalArgumentException if the model has none
  public Variable weight(Role role, int layer) {
    var found = places.get(new EntryKey(role, first(role, layer), 0, false));
    if (found == null) {
      throw new IllegalArgumentException("this model has no " + role + " in layer " + layer);
    }
    return found;
  }

  /// The bias that `layer` uses, if the model has one.
  public Optional<Variable> bias(Role role, int layer) {
    return Optional.ofNullable(places.get(new EntryKey(role, first(role, layer), 0, true)));
  }

  /// The experts of a layer, weights or biases: one entry for each expert, one for all, or none.
  List<Variable> experts(Role role, int layer, boolean bias) {
    var found = new ArrayList<Variable>();
    int first = first(role, layer);
    var next = places.get(new EntryKey(role, first, 0, bias));
    while (next != null) {
      found.add(next);
      next = places.get(new EntryKey(role, first, found.size(), bias));
    }
    return found;
  }

  /// The first of the layers that share with `layer`.
  private int first(Role role, int layer) {
    return role.inLayer() ? layer - layer % config.sharedLayers() : 0;
  }

  /// The matrix of the head: the token embedding if it is tied.
  public Variable head() {
    return weight(config.embedding().tied() ? Role.TOKEN_EMBEDDING : Role.HEAD);
  }

  /// Whether adapters change the head.
  boolean changesHead() {
    return !besideHead().isEmpty() || !headRows().isEmpty();
  }

  /// The same with what adapters change in it.
  ///
  /// @throws AdapterException if one of them does more than to add a matrix
  Variable head(Tape tape) {
    if (!changesHead()) {
      return head();
    }
    var added = new ArrayList<Variable>();
    for (var adapter : besideHead()) {
      added.add(
          adapter
              .delta(tape)
              .orElseThrow(() ->
                  new AdapterException(
                      "the adapter changes the head by another method than LoRA, LoHa or LoKr without"
                          + " bias: merge it into the model")));
    }
    return tape.change(head(), added, headRows());
  }

  private List<Adapter> besideHead() {
    return config.embedding().tied() ? List.of() : beside(Role.HEAD, 0);
  }

  /// Tokens that are trained as rows of the embedding are those of a tied head, too.
  private List<ReplacedRows> headRows() {
    var rows = new ArrayList<ReplacedRows>();
    for (var adapter : adapters()) {
      for (var embedding : adapter.embeddings()) {
        if (config.embedding().tied() && embedding instanceof TrainableTokens(var ids, var own)) {
          rows.add(new ReplacedRows(0, ids, own, 1));
        }
      }
    }
    return rows;
  }

  /// The projection of a module of this table.
  ///
  /// @throws AdapterException if there is none
  public Projection projection(String module) {
    for (var spec : specs) {
      if (!spec.bias() && spec.module().equals(module) && spec.shape().rank() == 2) {
        return new Projection(
            get(spec), bias(spec.role(), spec.layer()), inputMajor() && spec.role().inLayer());
      }
    }
    throw new AdapterException("this model has no module '%s'".formatted(module));
  }

  /// The number of parameters; shared ones count once.
  public long count() {
    return specs.stream().mapToLong(spec -> spec.shape().elements()).sum();
  }

  /// Removes all gradients.
  public void clearGradients() {
    for (var variable : entries.values()) {
      variable.clearGradient();
    }
    for (var variable : adapters.added().values()) {
      variable.clearGradient();
    }
  }
}
