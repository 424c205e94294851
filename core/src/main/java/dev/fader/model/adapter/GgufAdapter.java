package dev.fader.model.adapter;

import dev.fader.adapter.Adapter;
import dev.fader.adapter.AdapterException;
import dev.fader.adapter.EmbeddingAdapter.LowRank;
import dev.fader.adapter.InvokedAdapter;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.format.DurableFile;
import dev.fader.format.FormatException;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadata;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.TensorContent;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.adapter.BaseModule.Kind;
import dev.fader.model.gguf.GgufArchitecture;
import dev.fader.model.gguf.GgufLayout;
import dev.fader.model.gguf.GgufTensorWriter;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// LoRA in GGUF files, as llama.cpp reads it: for each matrix a `.lora_a` and a `.lora_b`, and one
/// alpha for all.
///
/// Source: llama.cpp, `convert_lora_to_gguf.py` and `src/llama-adapter.cpp`.
public final class GgufAdapter {
  private static final String TYPE = "general.type";
  private static final String ARCHITECTURE = "general.architecture";
  private static final String KIND = "adapter.type";
  private static final String INVOCATION = "adapter.alora.invocation_tokens";
  static final String BASE = "general.base_model.0.name";
  static final String ALPHA = "adapter.lora.alpha";

  /// The types that adapters are stored as.
  public static final List<DType> TYPES =
      List.of(DType.FLOAT32, DType.FLOAT16, DType.BFLOAT16, DType.Q8_0);

  /// Numbers of a block of Q8_0.
  private static final int BLOCK = 32;

  static final String DOWN = ".lora_a";
  static final String UP = ".lora_b";

  private final BaseModules modules;
  private final Map<String, BaseModule> byName = new HashMap<>(); // of tensors in GGUF files

  private GgufAdapter(ModelConfig config) {
    this.modules = new BaseModules(config);
    for (var entry : new GgufLayout(config).entries()) {
      var module = modules.find(entry.spec().module());
      if (module.isPresent() && !entry.spec().bias() && entry.shape().rank() == 2) {
        byName.put(entry.name(), module.get());
      }
    }
  }

  /// Whether `file` is an adapter in GGUF.
  public static boolean isAdapter(Path file) throws IOException {
    if (!GgufFile.isGguf(file)) {
      return false;
    }
    try (var gguf = GgufFile.open(file)) {
      return gguf.metadata().text(TYPE).equals(Optional.of("adapter"));
    }
  }

  /// Reads an adapter of the model `base`.
  ///
  /// @param values for its numbers
  /// @param gradients for those of its numbers, if it is trained on
  /// @throws FormatException if the file is broken, or no LoRA of this architecture
  /// @throws AdapterException if it does not fit the model
  public static LoadedAdapter read(
      Path file, Parameters base, TensorArena values, Optional<TensorArena> gradients)
      throws IOException {
    try (var gguf = GgufFile.open(file)) {
      return new GgufAdapter(base.config()).read(gguf, values, gradients);
    }
  }

  private LoadedAdapter read(GgufFile file, TensorArena values, Optional<TensorArena> gradients)
      throws FormatException {
    requireLora(file);
    double alpha = file.metadata().number(ALPHA).orElse(0);
    var ranks = new LinkedHashMap<String, Integer>();
    var tensors = new HashMap<String, Tensor>();
    var experts = new ExpertFactors(modules.config());
    for (var stored : file.tensors()) {
      String name = stored.name();
      String matrix = name.endsWith(DOWN) ? name.substring(0, name.length() - DOWN.length()) : "";
      if (GgufExperts.isName(matrix)) {
        GgufExperts.read(file, matrix, alpha, experts);
      } else if (name.endsWith(DOWN)) {
        add(file, matrix, ranks, tensors, values);
      } else if (!name.endsWith(UP) && !name.endsWith("_norm.weight")) {
        throw wrong(file, name, "is neither a .lora_a nor a .lora_b");
      } else if (name.endsWith(UP)
          && file.find(name.substring(0, name.length() - UP.length()) + DOWN).isEmpty()) {
        throw wrong(file, name, "has no .lora_a beside it");
      }
    }
    if (ranks.isEmpty() && experts.isEmpty()) {
      throw new FormatException(file.path(), "has no tensors of LoRA");
    }
    tensors.putAll(experts.tensors(values));
    var config = config(ranks, experts, file.metadata());
    var numbers = new RecordedNumbers(new GivenNumbers(tensors, values, gradients));
    var built = new AdapterBuilder(config, modules, numbers, true).build();
    return new LoadedAdapter(config, built, numbers.given(), numbers.orders());
  }

  private void requireLora(GgufFile file) throws FormatException {
    var metadata = file.metadata();
    String type = metadata.text(TYPE).orElse("");
    String kind = metadata.text(KIND).orElse("");
    if (!type.equals("adapter") || !kind.equals("lora")) {
      throw metadata.wrong(
          KIND,
          "is %s in a file of type %s, and must be lora in one of type adapter"
              .formatted(FormatException.quoted(kind), FormatException.quoted(type)));
    }
    String wanted = GgufArchitecture.find(modules.config()).map(GgufArchitecture::label).orElse("");
    String found = metadata.text(ARCHITECTURE).orElse("");
    if (!found.equals(wanted)) {
      throw metadata.wrong(
          ARCHITECTURE,
          "is %s, and the model is %s: is the adapter for another model?"
              .formatted(FormatException.quoted(found), FormatException.quoted(wanted)));
    }
  }

  private static FormatException wrong(GgufFile file, String tensor, String problem) {
    return new FormatException(file.path(), "tensor " + FormatException.quoted(tensor), problem);
  }

  /// Copies the two factors of one matrix.
  private void add(
      GgufFile file,
      String name,
      Map<String, Integer> ranks,
      Map<String, Tensor> tensors,
      TensorArena values)
      throws FormatException {
    var module = byName.get(name);
    if (module == null) {
      throw wrong(file, name, "has no place in this model: is the adapter for another model?");
    }
    boolean embedding = module.kind() == Kind.EMBEDDING;
    var down = file.tensor(name + DOWN);
    var up = file.tensor(name + UP);
    long in = module.inputs(modules.config());
    long out = module.outputs(modules.config());
    long rank = down.shape().rank() == 2 ? down.shape().dimension(embedding ? 1 : 0) : 0;
    var wantedDown = embedding ? Shape.of(out, rank) : Shape.of(rank, in);
    var wantedUp = Shape.of(embedding ? in : out, rank);
    if (rank < 1 || !down.shape().equals(wantedDown) || !up.shape().equals(wantedUp)) {
      throw wrong(
          file,
          name,
          "has factors of shapes %s and %s, and the matrix is %d by %d"
              .formatted(down.shape(), up.shape(), out, in));
    }
    ranks.put(module.name(), Math.toIntExact(rank));
    String key = AdapterBuilder.PREFIX + module.name() + ".";
    var a = values.allocate(DType.FLOAT32, down.shape()).copyFrom(down);
    var b = values.allocate(DType.FLOAT32, up.shape()).copyFrom(up);
    if (embedding) {
      tensors.put(key + LowRank.DOWN, Transposed.of(a, values));
      tensors.put(key + LowRank.UP, b);
    } else {
      tensors.put(key + LowRankAdapter.DOWN, a);
      tensors.put(key + LowRankAdapter.UP, inPeft(module, b, values));
    }
  }

  /// Rows of queries and keys, which have rotary pairs side by side in GGUF, as peft has them.
  private Tensor inPeft(BaseModule module, Tensor up, TensorArena values) {
    var order = modules.order(module).or(() -> order(module));
    if (order.isEmpty()) {
      return up;
    }
    var ordered = values.allocate(DType.FLOAT32, up.shape());
    order.get().toFile(up, ordered); // from GGUF's order to that of transformers
    return ordered;
  }

  /// From the order of transformers, if the model has it, to that of GGUF.
  private Optional<RowOrder> order(BaseModule module) {
    var config = modules.config();
    boolean rotated = module.weight().role() == Role.QUERY || module.weight().role() == Role.KEY;
    boolean pairs =
        rotated
            && modules.order(module).isEmpty()
            && GgufTensorWriter.isPaired(GgufArchitecture.find(config).orElseThrow(), config);
    return pairs
        ? Optional.of(
            RowOrder.paired(Math.toIntExact(module.outputs(config)), config.attention().headSize()))
        : Optional.empty();
  }

  private static AdapterConfig config(
      Map<String, Integer> ranks, ExpertFactors experts, GgufMetadata metadata)
      throws FormatException {
    double alpha = metadata.number(ALPHA).orElse(0);
    var invocation =
        IntStream.of(metadata.integers(INVOCATION).orElse(new int[0])).boxed().toList();
    int first = ranks.isEmpty() ? 1 : ranks.values().iterator().next();
    var others = new LinkedHashMap<String, Integer>();
    var alphas = new LinkedHashMap<String, Double>();
    ranks.forEach((module, rank) -> {
      String pattern = module.replace(".", "\\.");
      if (rank != first) {
        others.put(pattern, rank);
      }
      if (rank != first && alpha == 0) {
        alphas.put(pattern, (double) rank);
      }
    });
    var method =
        new LoraMethod(
            new Ranks(first, alpha == 0 ? first : alpha, others, alphas),
            LoraMethod.Variant.PLAIN,
            LoraInit.USUAL,
            List.of(),
            List.of(),
            invocation);
    return new AdapterConfig(
        experts.isEmpty() ? method : experts.method(method),
        Targets.of(new ModuleSelection.Names(List.copyOf(ranks.keySet()))),
        LearnedWhole.NOTHING,
        new Origin(metadata.text(BASE), Optional.empty(), Optional.of(Origin.CAUSAL_LM)));
  }

  /// Writes an adapter of a model. What differs from one alpha for all is put into B.
  ///
  /// @throws AdapterException if GGUF cannot say it
  public static void write(Path file, LoadedAdapter adapter, ModelConfig model) throws IOException {
    write(file, adapter, model, DType.FLOAT32);
  }

  /// The same in another type. Where rows are no whole blocks of Q8_0, they are stored as F16, as
  /// llama.cpp does it.
  ///
  /// @param type one of [#TYPES]
  /// @throws AdapterException if GGUF cannot say it, or the type cannot hold a number
  public static void write(Path file, LoadedAdapter adapter, ModelConfig model, DType type)
      throws IOException {
    try (var arena = TensorMemory.unlimited().open("adapter")) {
      new GgufAdapter(model).write(file, adapter, type, arena);
    }
  }

  private void write(Path file, LoadedAdapter adapter, DType type, TensorArena arena)
      throws IOException {
    var method = requireExpressible(adapter);
    double alpha = method.ranks().alpha();
    var names = new HashMap<String, String>();
    byName.forEach((name, module) -> names.put(module.name(), name));
    var contents = new ArrayList<TensorContent>();
    for (var entry : adapter.adapter().projections().entrySet()) {
      String name = name(names, entry.getKey());
      var lowRank = lora(entry.getValue());
      contents.add(content(name + DOWN, lowRank.down().value(), type, arena));
      var up = up(entry.getKey(), lowRank.up().value(), arena);
      contents.add(content(name + UP, scaled(up, lowRank.scale(), alpha, arena), type, arena));
    }
    var experts = new GgufExperts(modules.config(), alpha, arena);
    adapter
        .adapter()
        .experts()
        .forEach((parameter, one) ->
            experts
                .tensors(parameter, one)
                .forEach((name, tensor) -> contents.add(content(name, tensor, type, arena))));
    for (var embedding : adapter.adapter().embeddings()) {
      if (!(embedding instanceof LowRank lowRank)) {
        throw refused("rows of tokens");
      }
      String name = name(names, modules.embedding().name());
      var down = Transposed.of(lowRank.down().value(), arena);
      contents.add(content(name + DOWN, down, type, arena));
      var up = scaled(lowRank.up().value(), lowRank.scale(), alpha, arena);
      contents.add(content(name + UP, up, type, arena));
    }
    var fields = new GgufMetadataBuilder();
    fields.text(ARCHITECTURE, GgufArchitecture.find(modules.config()).orElseThrow().label());
    fields.text(TYPE, "adapter").text(KIND, "lora").float32(ALPHA, alpha);
    if (!method.invocation().isEmpty()) {
      fields.uint32s(INVOCATION, method.invocation());
    }
    fields.text("general.name", String.valueOf(file.getFileName()));
    adapter
        .config()
        .origin()
        .baseModel()
        .ifPresent(base -> fields.uint32("general.base_model.count", 1).text(BASE, base));
    DurableFile.write(file, new GgufContent(fields, contents));
  }

  private static LowRankAdapter lora(Adapter adapter) {
    return switch (adapter) {
      case LowRankAdapter plain -> plain;
      case InvokedAdapter invoked -> invoked.lora();
      default -> throw refused("another method than LoRA");
    };
  }

  private static TensorContent content(String name, Tensor tensor, DType type, TensorArena arena) {
    if (type == DType.FLOAT32) {
      return TensorContent.of(name, tensor);
    }
    boolean whole =
        !type.isQuantized() || tensor.shape().dimension(tensor.shape().rank() - 1) % BLOCK == 0;
    var stored = arena.allocate(whole ? type : DType.FLOAT16, tensor.shape());
    try {
      stored.copyFrom(tensor);
    } catch (IllegalArgumentException tooLarge) {
      throw tooLarge(name, type);
    }
    for (long i = 0; i < tensor.elements(); i++) {
      if (!Float.isFinite(stored.get(i))) {
        throw tooLarge(name, type);
      }
    }
    return TensorContent.of(name, stored);
  }

  private static AdapterException tooLarge(String name, DType type) {
    return new AdapterException(
        "'%s' has numbers that %s cannot hold: store the adapter as f32".formatted(name, type));
  }

  private static String name(Map<String, String> names, String module) {
    return Optional.ofNullable(names.get(module)).orElseThrow(() -> refused("'" + module + "'"));
  }

  private Tensor up(String module, Tensor up, TensorArena arena) {
    var order = modules.find(module).flatMap(this::order);
    if (order.isEmpty()) {
      return up;
    }
    var ordered = arena.allocate(DType.FLOAT32, up.shape());
    order.get().toMemory(up, ordered);
    return ordered;
  }

  /// B, so that `alpha / rank` is the scale.
  private static Tensor scaled(Tensor up, float scale, double alpha, TensorArena arena) {
    long rank = up.shape().dimension(1);
    if (scale == (float) (alpha / rank)) {
      return up;
    }
    double factor = scale / (alpha / rank);
    var result = arena.allocate(DType.FLOAT32, up.shape());
    for (long i = 0; i < up.elements(); i++) {
      result.set(i, (float) (factor * up.get(i)));
    }
    return result;
  }

  private static LoraMethod requireExpressible(LoadedAdapter adapter) {
    var obstacle =
        obstacle(adapter.config())
            .or(() ->
                adapter.adapter().replaced().isEmpty()
                    ? Optional.empty()
                    : Optional.of("whole modules"));
    if (obstacle.isPresent()) {
      throw new AdapterException(
          "the adapter has %s, which a GGUF adapter cannot say: %s"
              .formatted(
                  obstacle.get(),
                  merges(adapter.config())
                      ? "merge it into the model, and convert that"
                      : "use it beside the model"));
    }
    return (LoraMethod) adapter.config().method();
  }

  /// What GGUF cannot say of an adapter; empty if it can.
  static Optional<String> obstacle(AdapterConfig config) {
    var whole = config.learnedWhole();
    if (!(config.method() instanceof LoraMethod method)) {
      return Optional.of(classifies(config) ? "a classification head" : config.method().type());
    }
    String found = "";
    if (classifies(config)) {
      found = "a classification head";
    } else if (method.variant().decomposed()) {
      found = "DoRA";
    } else if (method.variant().bias()
        || whole.biases() != LearnedWhole.Biases.NONE
        || !whole.modules().isEmpty()) {
      found = "biases or whole modules";
    } else if (!method.tokens().isEmpty()) {
      found = "rows of tokens";
    } else if (method.ranks().alpha() == 0) {
      found = "an alpha of 0";
    }
    return Optional.of(found).filter(reason -> !reason.isEmpty());
  }

  /// Whether it can become part of the weights: a head and virtual tokens cannot.
  static boolean merges(AdapterConfig config) {
    return switch (config.method()) {
      case PromptMethod _, PrefixMethod _ -> false;
      default -> !classifies(config);
    };
  }

  /// As far as a configuration without its file says.
  private static boolean classifies(AdapterConfig config) {
    return config.learnedWhole().labels() > 0
        || config.origin().task().filter(Origin.SEQ_CLS::equals).isPresent();
  }

  private static AdapterException refused(String what) {
    return new AdapterException(
        "the adapter has %s, which a GGUF adapter cannot say: merge it into the model, and convert that"
            .formatted(what));
  }
}
