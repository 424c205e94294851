package dev.fader.model.convert;

import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import dev.fader.format.FormatException;
import dev.fader.format.JsonFile;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorContent;
import dev.fader.format.TensorFile;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.gguf.HuggingFaceTensorWriter;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// The directory of a model of which a part learned itself: what stayed as it was is written once,
/// in the type that it was stored in (float32 for blocks), and what is learned with each
/// checkpoint. Tensors are read when they are written, one at a time.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class ModelShards {
  /// The file of what stays as it was, if anything does.
  public static final String FIXED = "model-00001-of-00002.safetensors";

  /// The file of what is learned.
  public static final String LEARNED = "model-00002-of-00002.safetensors";

  /// The file that says what is where.
  public static final String INDEX = "model.safetensors.index.json";

  /// The only file, if all is learned.
  public static final String WHOLE = "model.safetensors";

  /// The classification head.
  public static final String HEAD = "score.weight";

  /// What is learned as it is in memory, beside the layout of a GGUF file: converting it back would
  /// round.
  private static final String IN_MEMORY = "trainer/learned.safetensors";

  private final Parameters table;
  private final Optional<Tensor> head;
  private final boolean fromGguf;
  private final SequencedMap<String, FileContent> unchanging;
  private final List<TensorContent> learned = new ArrayList<>();
  private final List<TensorContent> fixed = new ArrayList<>();

  /// A classification head.
  ///
  /// @param weight (labels, width)
  /// @param labels their names
  /// @param several whether several may be right
  public record Head(Tensor weight, List<String> labels, boolean several) {
    public Head {
      labels = List.copyOf(labels);
    }
  }

  /// The files of `base` with the numbers of `table`.
  ///
  /// @param table of the same model; what needs a gradient is what learns
  /// @throws IOException if a file beside the weights cannot be read
  public ModelShards(LoadedModel base, Parameters table, Optional<Head> head, Workers workers)
      throws IOException {
    this.table = table;
    this.head = head.map(Head::weight);
    this.fromGguf = !Files.isDirectory(base.path());
    this.unchanging = ModelCompanions.of(base, head);
    if (fromGguf) {
      splitConverted();
    } else {
      var storable = new MergedTensors(workers);
      table
          .stored(this::learns)
          .forEach((name, tensor) -> learned.add(TensorContent.of(name, tensor)));
      table
          .stored(spec -> !learns(spec))
          .forEach((name, tensor) ->
              fixed.add(
                  tensor.type().isQuantized()
                      ? storable.content(name, tensor, DType.FLOAT32)
                      : TensorContent.of(name, tensor)));
    }
    this.head.ifPresent(scores -> learned.add(TensorContent.of(HEAD, scores)));
    unchanging.putAll(index());
  }

  private boolean learns(ParameterSpec spec) {
    return table.get(spec).needsGradient();
  }

  /// Experts may have another layout there: those of a layer belong together.
  private void splitConverted() {
    var names = new HashSet<String>();
    var expertLayers = new HashSet<Integer>();
    for (var spec : table.specs()) {
      names.add(spec.name());
      if (learns(spec) && isExpert(spec)) {
        expertLayers.add(spec.layer());
      }
    }
    var ofExperts = new HashMap<String, Integer>();
    for (var spec : ParameterLayout.of(layout(table.config()))) {
      if (isExpert(spec)) {
        ofExperts.put(spec.name(), spec.layer());
      }
    }
    for (var content : HuggingFaceTensorWriter.of(table, DType.FLOAT32)) {
      String name = content.name();
      boolean learns =
          ofExperts.containsKey(name)
              ? expertLayers.contains(ofExperts.get(name))
              : (names.contains(name) && table.get(name).needsGradient());
      (learns ? learned : fixed).add(content);
    }
  }

  private static boolean isExpert(ParameterSpec spec) {
    return spec.role().name().startsWith("EXPERT");
  }

  /// The configuration of the directory.
  static ModelConfig layout(ModelConfig config) {
    return HuggingFaceTensorWriter.layout(config);
  }

  private SequencedMap<String, FileContent> index() {
    var files = new LinkedHashMap<String, FileContent>();
    if (fixed.isEmpty()) {
      return files;
    }
    var index = JsonFile.object();
    var all = new ArrayList<>(fixed);
    all.addAll(learned);
    index
        .putObject("metadata")
        .put("total_size", all.stream().mapToLong(TensorContent::bytes).sum());
    var places = index.putObject("weight_map");
    fixed.forEach(tensor -> places.put(tensor.name(), FIXED));
    learned.forEach(tensor -> places.put(tensor.name(), LEARNED));
    files.put(INDEX, JsonFile.content(index));
    return files;
  }

  /// The size of the directory's weights.
  public long bytes() {
    return fixed.stream().mapToLong(TensorContent::bytes).sum()
        + learned.stream().mapToLong(TensorContent::bytes).sum();
  }

  private String learnedName() {
    return fixed.isEmpty() ? WHOLE : LEARNED;
  }

  /// All files but that of what stays as it was.
  public SequencedMap<String, FileContent> files() {
    var files = new LinkedHashMap<>(unchanging);
    files.put(learnedName(), new SafetensorsContent(learned));
    if (fromGguf) {
      files.put(IN_MEMORY, new SafetensorsContent(inMemory()));
    }
    return files;
  }

  /// Writes what stays as it was, unless it is there.
  ///
  /// @throws IOException if it cannot be written
  public void writeFixed(Path directory) throws IOException {
    var file = directory.resolve(FIXED);
    if (!fixed.isEmpty() && !Files.exists(file)) {
      DurableFile.write(file, new SafetensorsContent(fixed));
    }
  }

  private SequencedMap<String, Tensor> inMemory() {
    var tensors = new LinkedHashMap<String, Tensor>();
    for (var spec : table.specs()) {
      if (learns(spec)) {
        tensors.put(spec.name(), table.get(spec).value());
      }
    }
    return tensors;
  }

  /// Reads what was learned up to a checkpoint.
  ///
  /// @throws FormatException if it is another model's
  /// @throws IOException if a file cannot be read
  public void read(Path checkpoint) throws IOException {
    var wanted = fromGguf ? inMemory() : table.stored(this::learns);
    copy(checkpoint.resolve(fromGguf ? IN_MEMORY : learnedName()), wanted);
    if (head.isPresent()) {
      var scores = new LinkedHashMap<String, Tensor>();
      scores.put(HEAD, head.get());
      copy(checkpoint.resolve(learnedName()), scores);
    }
  }

  private static void copy(Path file, SequencedMap<String, Tensor> into) throws IOException {
    try (var stored = TensorFile.open(file)) {
      for (var entry : into.entrySet()) {
        var tensor = stored.get(entry.getKey());
        if (!tensor.shape().equals(entry.getValue().shape())) {
          throw new FormatException(file, "has a '%s' of another model".formatted(entry.getKey()));
        }
        tensor.copyTo(entry.getValue());
      }
    }
  }
}
