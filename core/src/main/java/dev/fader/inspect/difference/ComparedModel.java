package dev.fader.inspect.difference;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.TensorFile;
import dev.fader.inspect.tensor.ModelTensor;
import dev.fader.inspect.tensor.ModelTensors;
import dev.fader.inspect.tensor.TensorEntry;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.statistics.RunStatistics;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.adapter.AdapterMerge;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.gguf.GgufConfigReader;
import dev.fader.model.gguf.GgufLayout;
import dev.fader.model.gguf.GgufTensorReader;
import dev.fader.model.gguf.HuggingFaceTensorWriter;
import dev.fader.model.mix.FoldedMix;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// One of two models: its tensors as a directory of its family has them, wherever they come from,
/// so that the same parameter is the same numbers in both.
final class ComparedModel implements AutoCloseable {
  private final SequencedMap<String, ComparedTensor> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, String> unread = new LinkedHashMap<>();
  private final List<Runnable> closing; // the last one first
  private final Optional<ModelConfig> config;
  private final RunStatistics reading;

  /// @param closing what is closed with it, the last one first
  private ComparedModel(
      Optional<ModelConfig> config, RunStatistics reading, List<Runnable> closing) {
    this.config = config;
    this.reading = reading;
    this.closing = closing;
  }

  /// By what the configuration says of the family; empty if that is not known, or does not fit the
  /// tensors.
  static Optional<ComparedModel> ofFamily(TurnedModel given, Kernels kernels, TensorMemory memory)
      throws IOException {
    var path = given.path();
    try {
      if (Files.isDirectory(path)) {
        return Files.exists(path.resolve(HuggingFaceConfig.NAME))
            ? Optional.of(directory(given, kernels, memory))
            : Optional.empty();
      }
      return GgufFile.isGguf(path) ? Optional.of(gguf(given, kernels, memory)) : Optional.empty();
    } catch (ModelConfigException | FormatException unknown) {
      if (given.isPlain()) {
        return Optional.empty();
      }
      throw unknown; // what adapters and faders do is known of families only
    }
  }

  /// The weights with what adapters and the mix do to them: changed ones are copies, the others the
  /// same tensors.
  @SuppressWarnings("MustBeClosedChecker") // closed with the model, which has tensors of theirs
  private Parameters turned(Parameters base, TurnedModel given, Kernels kernels, TensorArena arena)
      throws IOException {
    if (given.isPlain()) {
      return base;
    }
    var own = LoadedModel.open(given.path(), arena.memory());
    closing.add(own::close);
    var beside = own.with(given.adapters(), given.mix(), kernels);
    closing.add(beside::close);
    var adapters = beside.decoder().parameters().adapters();
    var sums = AdapterMerge.merged(base, adapters, kernels, arena);
    return FoldedMix.fold(given.mix(), sums, arena);
  }

  @SuppressWarnings("MustBeClosedChecker") // what is returned owns them
  private static ComparedModel directory(TurnedModel given, Kernels kernels, TensorMemory memory)
      throws IOException {
    var closing = new ArrayList<Runnable>();
    try {
      var file = TensorFile.open(given.path());
      closing.add(file::close);
      var arena = memory.open("weights to compare");
      closing.add(arena::close);
      var config = HuggingFaceConfig.read(given.path());
      var stored = Parameters.fixed(config, LoadedModel.tensors(file, arena));
      var model = new ComparedModel(Optional.of(config), kernels.statistics(), closing);
      var turned = model.turned(stored, given, kernels, arena);
      for (var spec : turned.specs()) {
        var tensor = turned.get(spec).value();
        if (isComputed(spec, stored, turned)) {
          model.add(spec, ComparedTensor.Storage.computed(tensor), model.rows(tensor));
          continue;
        }
        // Small ones are copied to float32, which is not how they are stored.
        var mapped = mapped(file, spec).orElse(tensor);
        model.add(spec, ComparedTensor.Storage.of(mapped), model.rows(tensor));
      }
      return model;
    } catch (IOException | RuntimeException | Error failed) {
      close(closing);
      throw failed;
    }
  }

  /// Whether an adapter or a mix made other numbers of an entry, or the entry itself: a head of its
  /// own.
  private static boolean isComputed(ParameterSpec spec, Parameters stored, Parameters turned) {
    return stored.entries().get(spec.name()) == null
        || stored.get(spec).value() != turned.get(spec).value();
  }

  private static Optional<Tensor> mapped(TensorFile file, ParameterSpec spec)
      throws FormatException {
    var stored = file.find(spec.name()).filter(some -> some.shape().equals(spec.shape()));
    return stored.isPresent() && stored.get().type().tensorType().isPresent()
        ? Optional.of(stored.get().mapped())
        : Optional.empty();
  }

  /// Rows are whole blocks, so that nothing is decoded beyond them.
  private ComparedTensor.Numbers rows(Tensor tensor) {
    return (first, count, target) -> reading.read(tensor, first, count, target);
  }

  @SuppressWarnings("MustBeClosedChecker") // what is returned owns them
  private static ComparedModel gguf(TurnedModel given, Kernels kernels, TensorMemory memory)
      throws IOException {
    var closing = new ArrayList<Runnable>();
    try {
      var file = GgufFile.open(given.path());
      closing.add(file::close);
      var arena = memory.open("weights to compare");
      closing.add(arena::close);
      var config = GgufConfigReader.read(file);
      var stored = Parameters.fixed(config, GgufTensorReader.of(file, config, arena));
      var layout = HuggingFaceTensorWriter.layout(config);
      var model = new ComparedModel(Optional.of(layout), kernels.statistics(), closing);
      var turned = model.turned(stored, given, kernels, arena);
      var types = types(file, config);
      turned.specs().stream()
          .filter(spec -> isComputed(spec, stored, turned))
          .forEach(spec -> types.remove(key(spec.role(), spec.layer(), 0, spec.bias())));
      for (var tensor : HuggingFaceTensorWriter.tensors(turned)) {
        var spec = tensor.spec();
        var numbers = tensor.inPlace().map(model::rows).orElse(tensor::read);
        var type = Optional.ofNullable(types.get(key(spec.role(), spec.layer(), 0, spec.bias())));
        // What is transposed in the file was copied to float32.
        boolean inPlace = tensor.keepsRows() && type.filter(tensor.type()::equals).isPresent();
        model.add(
            spec,
            new ComparedTensor.Storage(
                type.orElse(tensor.type()),
                inPlace,
                tensor.inPlace().filter(_ -> inPlace),
                type.isEmpty() && !given.isPlain()),
            numbers);
      }
      return model;
    } catch (IOException | RuntimeException | Error failed) {
      close(closing);
      throw failed;
    }
  }

  /// How the file stores its tensors.
  private static Map<String, DType> types(GgufFile file, ModelConfig config) {
    var types = new HashMap<String, DType>();
    for (var entry : new GgufLayout(config).entries()) {
      var spec = entry.spec();
      file.find(entry.name())
          .flatMap(tensor -> tensor.type().tensorType())
          .ifPresent(type -> types.put(key(spec.role(), spec.layer(), 0, spec.bias()), type));
    }
    return types;
  }

  private void add(
      ParameterSpec spec, ComparedTensor.Storage storage, ComparedTensor.Numbers numbers) {
    var key = key(spec.role(), spec.layer(), spec.expert(), spec.bias());
    tensors.put(
        key,
        new ComparedTensor(
            spec.name(),
            key,
            Optional.of(spec.role()),
            spec.role().inLayer() ? spec.layer() : -1,
            dimensions(spec.shape()),
            storage,
            numbers));
  }

  private static String key(Role role, int layer, int expert, boolean bias) {
    return "%s %d %d %s".formatted(role, layer, expert, bias ? "bias" : "weight");
  }

  private static List<Long> dimensions(Shape shape) {
    var dimensions = new ArrayList<Long>();
    for (int i = 0; i < shape.rank(); i++) {
      dimensions.add(shape.dimension(i));
    }
    return dimensions;
  }

  /// By the names that tensors have in the file. Those of types that Fader does not compute with
  /// are [#unread].
  static ComparedModel ofFile(Path path, RunStatistics reading) throws IOException {
    var file = ModelTensors.open(path);
    var model = new ComparedModel(Optional.empty(), reading, new ArrayList<>());
    model.closing.add(file::close);
    for (var tensor : file.all()) {
      tensor
          .type()
          .ifPresentOrElse(type -> model.add(tensor, type), () -> model.addUnread(tensor.entry()));
    }
    return model;
  }

  private void add(ModelTensor tensor, DType type) {
    var entry = tensor.entry();
    tensors.put(
        entry.name(),
        new ComparedTensor(
            entry.name(),
            entry.name(),
            Optional.empty(),
            -1,
            entry.shape(),
            new ComparedTensor.Storage(type, true, tensor.mapped(), false),
            rows(tensor.mapped().orElseThrow())));
  }

  private void addUnread(TensorEntry entry) {
    unread.put(
        entry.name(),
        "%s is stored as %s, which is not compared"
            .formatted(FormatException.quoted(entry.name()), entry.type()));
  }

  /// What is not among the tensors, with the reason, by name.
  SequencedMap<String, String> unread() {
    return unread;
  }

  /// The tensors by what they are matched by.
  SequencedMap<String, ComparedTensor> tensors() {
    return tensors;
  }

  /// The tensor that stands for `wanted`, which the other model has: another name for the same
  /// purpose, a tied head, or a part of a fused matrix.
  Optional<ComparedTensor> find(ComparedTensor wanted) {
    var same = Optional.ofNullable(tensors.get(wanted.key()));
    if (same.isPresent() || config.isEmpty() || wanted.role().isEmpty()) {
      return same;
    }
    return switch (wanted.role().get()) {
      case HEAD ->
          config.get().embedding().tied()
              ? Optional.ofNullable(tensors.get(key(Role.TOKEN_EMBEDDING, 0, 0, false)))
              : Optional.empty();
      case QUERY -> part(wanted, Role.QUERY_KEY_VALUE, "query");
      case KEY -> part(wanted, Role.QUERY_KEY_VALUE, "key");
      case VALUE -> part(wanted, Role.QUERY_KEY_VALUE, "value");
      case GATE -> part(wanted, Role.GATE_UP, "gate");
      case UP -> part(wanted, Role.GATE_UP, "up");
      default -> Optional.empty();
    };
  }

  private Optional<ComparedTensor> part(ComparedTensor wanted, Role whole, String name) {
    var fused = tensors.get(wanted.key().replace(wanted.role().orElseThrow().name(), whole.name()));
    if (fused == null || config.isEmpty() || config.get().names().inputMajor()) {
      return Optional.empty();
    }
    var attention = config.get().attention();
    long queries = attention.queryWidth();
    long keys = attention.keyValueWidth();
    long hidden = config.get().feedForward().width();
    long first =
        switch (name) {
          case "key" -> queries;
          case "value" -> queries + keys;
          case "up" -> hidden;
          default -> 0;
        };
    long count =
        switch (name) {
          case "query" -> queries;
          case "key", "value" -> keys;
          default -> hidden;
        };
    return Optional.of(fused.rows(name, wanted.role().orElseThrow(), first, count));
  }

  @Override
  public void close() {
    close(closing);
  }

  private static void close(List<Runnable> closing) {
    closing.reversed().forEach(Runnable::run);
    closing.clear();
  }
}
