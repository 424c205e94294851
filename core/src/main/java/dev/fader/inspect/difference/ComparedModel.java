package dev.fader.inspect.difference;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.TensorFile;
import dev.fader.inspect.tensor.ModelTensor;
import dev.fader.inspect.tensor.ModelTensors;
import dev.fader.inspect.tensor.TensorEntry;
import dev.fader.kernel.statistics.RunStatistics;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.gguf.GgufConfigReader;
import dev.fader.model.gguf.GgufLayout;
import dev.fader.model.gguf.GgufTensorReader;
import dev.fader.model.gguf.HuggingFaceTensorWriter;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
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
  private final List<Runnable> closing = new ArrayList<>();
  private final Optional<ModelConfig> config;
  private final RunStatistics reading;

  private ComparedModel(Optional<ModelConfig> config, RunStatistics reading) {
    this.config = config;
    this.reading = reading;
  }

  /// By what the configuration says of the family; empty if that is not known, or does not fit the
  /// tensors.
  static Optional<ComparedModel> ofFamily(Path path, TensorMemory memory, RunStatistics reading)
      throws IOException {
    try {
      if (Files.isDirectory(path)) {
        return Files.exists(path.resolve(HuggingFaceConfig.NAME))
            ? Optional.of(directory(path, memory, reading))
            : Optional.empty();
      }
      return GgufFile.isGguf(path) ? Optional.of(gguf(path, memory, reading)) : Optional.empty();
    } catch (ModelConfigException | FormatException unknown) {
      return Optional.empty();
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // what is returned owns them
  private static ComparedModel directory(Path path, TensorMemory memory, RunStatistics reading)
      throws IOException {
    var file = TensorFile.open(path);
    var arena = memory.open("weights to compare");
    try {
      var config = HuggingFaceConfig.read(path);
      var parameters = Parameters.fixed(config, LoadedModel.tensors(file, arena));
      var model = new ComparedModel(Optional.of(config), reading);
      for (var spec : parameters.specs()) {
        var tensor = parameters.get(spec).value();
        // Small ones are copied to float32, which is not how they are stored.
        var mapped = mapped(file, spec);
        model.add(
            spec,
            mapped.orElse(tensor).type(),
            true,
            mapped.or(() -> Optional.of(tensor)),
            model.rows(tensor));
      }
      model.closing.add(arena::close);
      model.closing.add(file::close);
      return model;
    } catch (IOException | RuntimeException | Error failed) {
      arena.close();
      file.close();
      throw failed;
    }
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
  private static ComparedModel gguf(Path path, TensorMemory memory, RunStatistics reading)
      throws IOException {
    var file = GgufFile.open(path);
    var arena = memory.open("weights to compare");
    try {
      var config = GgufConfigReader.read(file);
      var parameters = Parameters.fixed(config, GgufTensorReader.of(file, config, arena));
      var model = new ComparedModel(Optional.of(HuggingFaceTensorWriter.layout(config)), reading);
      var types = types(file, config);
      for (var tensor : HuggingFaceTensorWriter.tensors(parameters)) {
        var spec = tensor.spec();
        // What is transposed in the file was copied to float32.
        var type =
            types.getOrDefault(key(spec.role(), spec.layer(), 0, spec.bias()), tensor.type());
        boolean isStored = tensor.keepsRows() && type == tensor.type();
        model.add(
            spec,
            type,
            isStored,
            tensor.inPlace().filter(_ -> isStored),
            tensor.inPlace().map(model::rows).orElse(tensor::read));
      }
      model.closing.add(arena::close);
      model.closing.add(file::close);
      return model;
    } catch (IOException | RuntimeException | Error failed) {
      arena.close();
      file.close();
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
      ParameterSpec spec,
      DType stored,
      boolean rowsAreStored,
      Optional<Tensor> inPlace,
      ComparedTensor.Numbers numbers) {
    var key = key(spec.role(), spec.layer(), spec.expert(), spec.bias());
    tensors.put(
        key,
        new ComparedTensor(
            spec.name(),
            key,
            Optional.of(spec.role()),
            spec.role().inLayer() ? spec.layer() : -1,
            dimensions(spec.shape()),
            stored,
            rowsAreStored,
            inPlace,
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
    var model = new ComparedModel(Optional.empty(), reading);
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
            type,
            true,
            tensor.mapped(),
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
    closing.forEach(Runnable::run);
  }
}
