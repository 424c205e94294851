package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.DecomposedAdapter;
import dev.fader.adapter.EmbeddingAdapter.LowRank;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.format.FormatException;
import dev.fader.format.StoredTensor;
import dev.fader.format.TensorFile;
import dev.fader.model.Parameters;
import dev.fader.model.adapter.BaseModule.Kind;
import dev.fader.model.adapter.ExpertFactors.Part;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;

/// Directories of mlx-lm (github.com/ml-explore/mlx-lm): `adapter_config.json` and
/// `adapters.safetensors`, with LoRA or DoRA. Factors are stored the other way round than peft's:
/// `lora_a` (in, rank) and `lora_b` (rank, out); those of experts as peft's, all in one tensor.
final class MlxAdapter {
  static final String WEIGHTS = "adapters.safetensors";
  private static final String DOWN = ".lora_a";
  private static final String UP = ".lora_b";
  private static final String LENGTHS = ".m";
  private static final Pattern EXPERTS =
      Pattern.compile(
          "model\\.layers\\.(\\d{1,6})\\.(?:\\w+\\.)?(?:switch_mlp|experts)\\.(gate|up|down)_proj");
  private static final Pattern LAYER = Pattern.compile("[^.]+\\.[^.]+\\.(\\d{1,6})\\.(.+)");

  private final Path directory;
  private final MlxConfig config;
  private final BaseModules modules;
  private final SequencedMap<String, BaseModule> found = new LinkedHashMap<>();
  private final Map<String, Tensor> tensors = new HashMap<>(); // as peft has them
  private final ExpertFactors experts;

  private MlxAdapter(Path directory, MlxConfig config, Parameters base) {
    this.directory = directory;
    this.config = config;
    this.modules = new BaseModules(base.config());
    this.experts = new ExpertFactors(base.config());
  }

  /// Reads an adapter of the model `base`.
  ///
  /// @param values for its numbers
  /// @param gradients for those of its numbers, if it is trained on
  /// @throws FormatException if a file is broken, or has something else than it should
  /// @throws AdapterException if it does not fit the model
  static LoadedAdapter read(
      Path directory, Parameters base, TensorArena values, Optional<TensorArena> gradients)
      throws IOException {
    var config = MlxConfig.read(directory.resolve(AdapterDirectory.CONFIG));
    if (config.whole()) {
      throw new AdapterException(
          "fine_tune_type is full: these are weights of the model itself, and no adapter: fuse them with mlx-lm, and use that model");
    }
    try (var file = TensorFile.open(directory.resolve(WEIGHTS))) {
      return new MlxAdapter(directory, config, base).read(file, values, gradients);
    }
  }

  private LoadedAdapter read(TensorFile file, TensorArena values, Optional<TensorArena> gradients)
      throws FormatException {
    var names = new LinkedHashSet<String>();
    for (var stored : file.tensors()) {
      names.add(moduleOf(stored));
    }
    if (names.isEmpty()) {
      throw new FormatException(file.path(), "has no tensors");
    }
    for (String name : names) {
      var expert = EXPERTS.matcher(name);
      if (expert.matches() && config.decomposed()) {
        throw wrong(name, "is of experts, for which mlx-lm has no DoRA");
      } else if (expert.matches()) {
        requireLayer(name, Integer.parseInt(expert.group(1)));
        var part = Part.of(expert.group(2));
        addExperts(file, name, Integer.parseInt(expert.group(1)), part, values);
      } else {
        add(file, name, values);
      }
    }
    requireComplete(names);
    tensors.putAll(experts.tensors(values));
    var described = describe();
    var numbers = new RecordedNumbers(new GivenNumbers(tensors, values, gradients));
    var built = new AdapterBuilder(described, modules, numbers, true).build();
    return new LoadedAdapter(described, built, numbers.given(), numbers.orders());
  }

  private FormatException wrong(String tensor, String problem) {
    return new FormatException(
        directory.resolve(WEIGHTS), "tensor " + FormatException.quoted(tensor), problem);
  }

  /// The module that a tensor belongs to, as the file calls it.
  private String moduleOf(StoredTensor stored) throws FormatException {
    String name = stored.name();
    var ends = config.decomposed() ? List.of(DOWN, UP, LENGTHS) : List.of(DOWN, UP);
    for (String end : ends) {
      if (name.endsWith(end)) {
        if (!stored.type().isFloatingPoint() || !stored.type().isReadable()) {
          throw wrong(name, "is stored as %s, and must be floating-point".formatted(stored.type()));
        }
        return name.substring(0, name.length() - end.length());
      }
    }
    throw wrong(
        name,
        "is none of %s: it is not of an adapter of the type that adapter_config.json names"
            .formatted(String.join(", ", ends)));
  }

  /// The module of the model that the file calls so: by its name, or by its name behind the first
  /// part, which is `transformer` or `model`.
  private BaseModule module(String name) throws FormatException {
    var same = modules.find(name);
    if (same.isPresent()) {
      return same.get();
    }
    String rest = name.substring(name.indexOf('.') + 1);
    for (var module : modules.all()) {
      if (module.name().substring(module.name().indexOf('.') + 1).equals(rest)) {
        return module;
      }
    }
    throw wrong(
        name,
        "has no place in this %s model: is the adapter for another model?"
            .formatted(modules.config().family()));
  }

  private void requireLayer(String name, int layer) throws FormatException {
    if (layer < first()) {
      throw wrong(
          name,
          "is not in the last %d layers, which is what `num_layers` says"
              .formatted(config.layers()));
    }
  }

  private int first() {
    int all = modules.config().layers();
    return config.layers() == 0 ? 0 : Math.max(0, all - config.layers());
  }

  private void add(TensorFile file, String name, TensorArena values) throws FormatException {
    var module = module(name);
    var layer = LAYER.matcher(module.name());
    if (layer.matches()) {
      requireLayer(name, Integer.parseInt(layer.group(1)));
    }
    found.put(module.name(), module);
    boolean embedding = module.kind() == Kind.EMBEDDING;
    if (embedding && modules.config().embedding().tied()) {
      throw wrong(
          name,
          "changes the embedding and the head, which is the same matrix in this model: fuse the adapter with mlx-lm, and use that model");
    }
    long in = embedding ? module.outputs(modules.config()) : module.inputs(modules.config());
    long out = embedding ? module.inputs(modules.config()) : module.outputs(modules.config());
    String key = AdapterBuilder.PREFIX + module.name() + ".";
    var down = require(file, name + DOWN, Shape.of(in, config.rank()));
    var up = require(file, name + UP, Shape.of(config.rank(), out));
    tensors.put(key + (embedding ? LowRank.DOWN : LowRankAdapter.DOWN), turned(down, values));
    tensors.put(key + (embedding ? LowRank.UP : LowRankAdapter.UP), turned(up, values));
    if (config.decomposed()) {
      var lengths = require(file, name + LENGTHS, Shape.of(out));
      tensors.put(key + DecomposedAdapter.MAGNITUDE, copy(lengths, values));
    }
  }

  private StoredTensor require(TensorFile file, String name, Shape shape) throws FormatException {
    var stored = file.find(name).orElseThrow(() -> wrong(name, "is missing"));
    if (!stored.shape().equals(shape)) {
      throw wrong(
          name,
          "has shape %s, and the rank of %d and the model ask for %s: is the adapter for another model?"
              .formatted(stored.shape(), config.rank(), shape));
    }
    return stored;
  }

  private static Tensor copy(StoredTensor stored, TensorArena values) throws FormatException {
    var tensor = values.allocate(DType.FLOAT32, stored.shape());
    stored.copyTo(tensor);
    return tensor;
  }

  private static Tensor turned(StoredTensor stored, TensorArena values) throws FormatException {
    try (var passing = values.memory().open("adapter file")) {
      return Transposed.of(copy(stored, passing), values);
    }
  }

  private void addExperts(TensorFile file, String name, int layer, Part part, TensorArena values)
      throws FormatException {
    var down = file.find(name + DOWN).orElseThrow(() -> wrong(name + DOWN, "is missing"));
    var up = file.find(name + UP).orElseThrow(() -> wrong(name + UP, "is missing"));
    long count = down.shape().rank() == 3 ? down.shape().dimension(0) : 0;
    boolean matching =
        count > 0
            && up.shape().rank() == 3
            && up.shape().dimension(0) == count
            && down.shape().dimension(1) == config.rank()
            && up.shape().dimension(2) == config.rank();
    if (!matching) {
      throw wrong(
          name,
          "has factors of shapes %s and %s, and must have (experts, %3$d, in) and (experts, out, %3$d)"
              .formatted(down.shape(), up.shape(), config.rank()));
    }
    var a = StoredNumbers.view(down, values);
    var b = StoredNumbers.view(up, values);
    for (int expert = 0; expert < count; expert++) {
      var place = new ExpertFactors.Place(name, layer, expert, part);
      experts.put(
          place, new ExpertFactors.Pair(matrix(a, expert), matrix(b, expert), config.scale()));
    }
  }

  private static Tensor matrix(Tensor all, int expert) {
    return all.slice(expert, 1).reshape(all.shape().dimension(1), all.shape().dimension(2));
  }

  /// What is changed in one layer is changed in all of the last ones, and each key is there.
  private void requireComplete(Set<String> names) throws FormatException {
    for (String key : config.keys()) {
      if (names.stream().noneMatch(name -> name.equals(key) || name.endsWith("." + key))) {
        throw new FormatException(
            directory.resolve(WEIGHTS),
            "has no tensors of '%s', which `lora_parameters.keys` names".formatted(key));
      }
    }
    var within = new LinkedHashSet<String>();
    for (String module : found.keySet()) {
      var layer = LAYER.matcher(module);
      if (layer.matches()) {
        within.add(layer.group(2));
      }
    }
    for (var module : modules.all()) {
      var layer = LAYER.matcher(module.name());
      if (layer.matches()
          && Integer.parseInt(layer.group(1)) >= first()
          && within.contains(layer.group(2))
          && !found.containsKey(module.name())) {
        throw wrong(module.name() + DOWN, "is missing, and other layers have it");
      }
    }
  }

  private AdapterConfig describe() {
    var plain =
        new LoraMethod(
            Ranks.of(config.rank(), (double) config.scale() * config.rank()),
            new LoraMethod.Variant(false, config.decomposed(), false, config.dropout()),
            LoraInit.USUAL,
            List.of());
    return new AdapterConfig(
        experts.isEmpty() ? plain : experts.method(plain),
        Targets.of(new ModuleSelection.Names(new ArrayList<>(found.keySet()))),
        LearnedWhole.NOTHING,
        new Origin(config.model(), Optional.empty(), Optional.of(Origin.CAUSAL_LM)));
  }
}
