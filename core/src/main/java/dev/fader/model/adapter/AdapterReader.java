package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.ModelAdapter;
import dev.fader.format.FormatException;
import dev.fader.format.JsonFile;
import dev.fader.format.Spelling;
import dev.fader.format.StoredTensor;
import dev.fader.format.TensorFile;
import dev.fader.grad.Variable;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.adapter.AdapterLayout.Entry;
import dev.fader.model.adapter.BaseModule.Kind;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// One adapter of peft, read: its tensors are compared with what its configuration and the model
/// ask for before anything is allocated.
final class AdapterReader {
  private static final int NAMED = 3;

  private final Path directory;
  private final Path weights;
  private final Parameters base;
  private final BaseModules modules;

  AdapterReader(Path directory, Parameters base) {
    this.directory = directory;
    this.weights = directory.resolve(AdapterDirectory.WEIGHTS);
    this.base = base;
    this.modules = new BaseModules(base.config());
  }

  LoadedAdapter read(TensorArena values, Optional<TensorArena> gradients) throws IOException {
    Path file = directory.resolve(AdapterDirectory.CONFIG);
    var described = AdapterConfig.read(file, JsonFile.read(file));
    if (!Files.exists(weights)) {
      boolean pickled = Files.exists(directory.resolve("adapter_model.bin"));
      throw new NoSuchFileException(
          weights.toString(),
          null,
          pickled
              ? "adapter_model.bin can run code and is not read: save the adapter as safetensors with peft"
              : "there is no such file");
    }
    if (gradients.isPresent()
        && described.method() instanceof OftMethod rotation
        && rotation.constraint() > 0) {
      throw new AdapterException("OFT with `coft` cannot be trained: set it to false");
    }
    try (var tensors = TensorFile.open(weights)) {
      var experts = SeparateExperts.find(described, modules, tensors, values);
      var config = withHead(experts.config(), tensors);
      var layout = AdapterLayout.of(config, modules, false).entries();
      var saved = compare(layout, experts, tensors);
      var numbers =
          new RecordedNumbers(new StoredNumbers(tensors, experts.composed(), values, gradients));
      var built = new AdapterBuilder(config, modules, numbers, false).build();
      var replaced = embeddings(saved, values);
      var whole =
          replaced.isEmpty()
              ? built
              : new AdapterBuilder.Built(with(built.adapter(), replaced), built.head());
      return new LoadedAdapter(config, whole, numbers.given(), numbers.orders());
    }
  }

  /// The classification head says in the file how many labels it has.
  private AdapterConfig withHead(AdapterConfig config, TensorFile tensors) throws FormatException {
    String key = AdapterBuilder.PREFIX + ClassificationHead.NAME + ".weight";
    var stored = tensors.find(key);
    if (stored.isEmpty()) {
      return config;
    }
    var shape = stored.get().shape();
    int width = base.config().embeddingWidth();
    if (shape.rank() != 2
        || shape.dimension(1) != width
        || shape.dimension(0) < 1
        || shape.dimension(0) > Ranks.MOST) {
      throw wrong(
          key,
          "has shape %s, and a head of this model has shape [labels, %d]".formatted(shape, width));
    }
    return config.withLabels(shape.size(0));
  }

  private FormatException wrong(String key, String problem) {
    return new FormatException(weights, "tensor " + FormatException.quoted(key), problem);
  }

  /// @return tensors that hold the whole embedding or head, which peft saves beside LoRA of them
  private SequencedMap<ParameterSpec, StoredTensor> compare(
      SequencedMap<String, Entry> layout, SeparateExperts experts, TensorFile tensors)
      throws FormatException {
    var missing =
        layout.keySet().stream()
            .filter(key -> tensors.find(key).isEmpty() && !experts.composed().containsKey(key))
            .toList();
    var unknown = new ArrayList<String>();
    var whole = new LinkedHashMap<ParameterSpec, StoredTensor>();
    for (var stored : tensors.tensors()) {
      if (layout.containsKey(stored.name()) || experts.parts().contains(stored.name())) {
        continue;
      }
      if (isTiedCopy(stored, layout, tensors)) {
        continue;
      }
      var spec = wholeEmbedding(stored.name());
      if (spec.isPresent()) {
        requireEmbedding(stored, spec.get());
        whole.put(spec.get(), stored);
      } else {
        unknown.add(stored.name());
      }
    }
    refuse(layout, missing, unknown, tensors);
    for (var entry : layout.entrySet()) {
      if (experts.composed().containsKey(entry.getKey())) {
        continue; // of shapes that were compared
      }
      var stored = tensors.get(entry.getKey());
      requireNumbers(stored);
      if (!stored.shape().equals(entry.getValue().shape())) {
        throw wrong(
            stored.name(),
            "has shape %s, and the configuration and the model ask for %s: is the adapter for another model?"
                .formatted(stored.shape(), entry.getValue().shape()));
      }
    }
    return whole;
  }

  /// Rows of tokens that a tied head shares with the embedding are saved twice.
  private boolean isTiedCopy(
      StoredTensor stored, SequencedMap<String, Entry> layout, TensorFile tensors)
      throws FormatException {
    for (var module : modules.all()) {
      String head = AdapterBuilder.PREFIX + module.name() + ".";
      if (module.kind() == Kind.TIED_HEAD && stored.name().startsWith(head)) {
        String name = stored.name().substring(head.length());
        String first = AdapterBuilder.PREFIX + modules.embedding().name() + "." + name;
        var other = tensors.find(first);
        return layout.containsKey(first)
            && other.isPresent()
            && other.get().shape().equals(stored.shape())
            && other.get().data().mismatch(stored.data()) < 0;
      }
    }
    return false;
  }

  private void requireNumbers(StoredTensor stored) throws FormatException {
    if (!stored.type().isFloatingPoint() || !stored.type().isReadable()) {
      throw wrong(
          stored.name(), "is stored as %s, and must be floating-point".formatted(stored.type()));
    }
  }

  private void refuse(
      SequencedMap<String, Entry> layout,
      List<String> missing,
      List<String> unknown,
      TensorFile tensors)
      throws FormatException {
    if (!missing.isEmpty()) {
      String first = missing.getFirst();
      var nearest = Spelling.nearest(tensors.names(), name -> distance(first, name));
      throw new FormatException(
          weights,
          "misses %s, which the configuration and the model ask for: is the adapter for another model? It has %s"
              .formatted(named(missing), nearest.isEmpty() ? "no tensors" : named(nearest)));
    }
    if (!unknown.isEmpty()) {
      String first = unknown.getFirst();
      var nearest = Spelling.nearest(layout.keySet(), name -> distance(first, name));
      throw new FormatException(
          weights,
          "has %s, which the configuration and the model do not ask for: is the adapter for another model? They ask for %s"
              .formatted(named(unknown), nearest.isEmpty() ? "nothing" : named(nearest)));
    }
  }

  /// Names differ most at their ends.
  private static int distance(String a, String b) {
    return Spelling.edits(
        new StringBuilder(a).reverse().toString(), new StringBuilder(b).reverse().toString());
  }

  private static String named(List<String> names) {
    var first = names.stream().limit(NAMED).map(FormatException::quoted).toList();
    int others = names.size() - first.size();
    return String.join(", ", first) + (others > 0 ? " and %d more".formatted(others) : "");
  }

  private Optional<ParameterSpec> wholeEmbedding(String key) {
    if (!key.startsWith(AdapterBuilder.PREFIX)) {
      return Optional.empty();
    }
    String name = key.substring(AdapterBuilder.PREFIX.length()).replace(".base_layer.", ".");
    return modules.all().stream()
        .filter(module ->
            switch (module.kind()) {
              case EMBEDDING, HEAD, TIED_HEAD -> name.equals(module.name() + ".weight");
              default -> false;
            })
        .map(BaseModule::weight)
        .findFirst();
  }

  private void requireEmbedding(StoredTensor stored, ParameterSpec spec) throws FormatException {
    requireNumbers(stored);
    if (!stored.shape().equals(spec.shape())) {
      throw wrong(
          stored.name(),
          "has shape %s, and that of the model %s: the adapter was trained with other tokens"
              .formatted(stored.shape(), spec.shape()));
    }
  }

  /// The saved embeddings that are not those of the model.
  private SequencedMap<String, Variable> embeddings(
      Map<ParameterSpec, StoredTensor> saved, TensorArena values) throws FormatException {
    var replaced = new LinkedHashMap<String, Variable>();
    for (var entry : saved.entrySet()) {
      var spec = entry.getKey();
      var stored = entry.getValue();
      if (!isSame(stored, spec)) {
        var tensor = values.allocate(DType.FLOAT32, spec.shape());
        StoredNumbers.copy(stored, tensor);
        replaced.put(spec.name(), Variable.fixed(tensor));
      }
    }
    return replaced;
  }

  /// Whether the model has these numbers, up to the rounding of either.
  private boolean isSame(StoredTensor stored, ParameterSpec spec) throws FormatException {
    if (stored.type().tensorType().isEmpty()) {
      return false;
    }
    var ours = base.get(spec).value();
    var theirs = stored.mapped();
    boolean rounded = ours.type() != theirs.type();
    int columns = spec.shape().size(1);
    var a = new float[columns];
    var b = new float[columns];
    for (long row = 0; row < spec.shape().dimension(0); row++) {
      ours.read(row * columns, a, 0, columns);
      theirs.read(row * columns, b, 0, columns);
      for (int i = 0; i < columns; i++) {
        float slack = rounded ? Math.abs(a[i]) * 0x1p-7f : 0;
        if (!(Math.abs(a[i] - b[i]) <= slack)) { // NaN, too
          return false;
        }
      }
    }
    return true;
  }

  private static ModelAdapter with(ModelAdapter adapter, SequencedMap<String, Variable> more) {
    var replaced = new LinkedHashMap<>(adapter.replaced());
    more.forEach((name, variable) -> {
      if (replaced.putIfAbsent(name, variable) != null) {
        throw new AdapterException("the adapter has '%s' twice".formatted(name));
      }
    });
    return adapter.withReplaced(replaced);
  }
}
