package dev.fader.model.convert;

import dev.fader.format.DurableDirectory;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorContent;
import dev.fader.grad.Routing;
import dev.fader.kernel.Kernels;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.RandomNumbers;
import dev.fader.model.Role;
import dev.fader.model.family.Families;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Makes a mixture of experts of a dense model (Komatsuzaki et al. 2022, arXiv:2212.05055): every
/// expert is a copy of the layer's feed-forward network, and a new router, small and random,
/// chooses among them.
///
/// The weights of the chosen add up to 1 and all of them say the same, so the logits are those of
/// the dense model, but for two roundings in float32: `w y + (1 - w) y` is a few units in the last
/// place from `y`, and products of the fewer rows of an expert may sum in another order. With one
/// expert there is neither, and no bit differs.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class Upcycling {
  private static final String WEIGHTS = "model.safetensors";

  /// What dense families become.
  private static final Map<String, String> FAMILIES =
      Map.of("llama", "mixtral", "mistral", "mixtral", "qwen3", "qwen3_moe");

  private final Path model;
  private final Choice choice;
  private final Kernels kernels;
  private final TensorMemory memory;

  /// What is new.
  ///
  /// @param experts of each layer
  /// @param perToken how many of them a token goes to
  /// @param seed of the routers
  public record Choice(int experts, int perToken, long seed) {}

  /// What was written.
  ///
  /// @param config of the model with experts
  /// @param tensors how many
  /// @param bytes their size
  /// @param check of the logits
  public record Summary(ModelConfig config, int tensors, long bytes, LogitCheck check) {}

  /// Of the model directory or GGUF file `model`.
  public Upcycling(Path model, Choice choice, Kernels kernels, TensorMemory memory) {
    this.model = model;
    this.choice = choice;
    this.kernels = kernels;
    this.memory = memory;
  }

  /// Writes the directory of the model with experts. An older one in its place is replaced when the
  /// new one is complete.
  ///
  /// @throws ModelConfigException if there is no family of experts for the model
  /// @throws IOException if a file cannot be read or written
  public Summary writeDirectory(Path out) throws IOException {
    try (var base = LoadedModel.open(model, memory);
        var arena = memory.open("experts");
        var directory = DurableDirectory.create(out)) {
      var dense = base.decoder().parameters();
      var config = withExperts(dense.config());
      var type = dense.weight(Role.TOKEN_EMBEDDING).value().type();
      dense.stored().values().forEach(tensor -> requirePlain(tensor.type()));
      var contents = new ArrayList<TensorContent>();
      Parameters.fixed(config, tensors(config, dense, arena))
          .stored()
          .forEach((name, tensor) -> contents.add(TensorContent.of(name, tensor)));
      directory.write(WEIGHTS, new SafetensorsContent(contents));
      directory.write(HuggingFaceConfig.NAME, HuggingFaceConfig.content(config, type));
      for (var file : ModelCompanions.beside(model).entrySet()) {
        directory.write(file.getKey(), file.getValue());
      }
      requireSame(config, HuggingFaceConfig.read(directory.staging()));
      var check = LogitCheck.of(base, directory.staging(), DType.FLOAT32, kernels);
      directory.commit();
      long bytes = contents.stream().mapToLong(TensorContent::bytes).sum();
      return new Summary(config, contents.size(), bytes, check);
    }
  }

  private static void requirePlain(DType type) {
    if (type.isQuantized()) {
      throw new ModelConfigException(
          "the weights are quantised (%s), and experts are to be trained: begin with those in float32, float16 or bfloat16"
              .formatted(type));
    }
  }

  private ModelConfig withExperts(ModelConfig dense) {
    var feedForward = dense.feedForward();
    if (feedForward.experts().isPresent()) {
      throw new ModelConfigException(
          "the model, of the family '%s', has experts already: begin with a dense one"
              .formatted(dense.family()));
    }
    String family = FAMILIES.get(dense.family());
    if (family == null) {
      throw new ModelConfigException(
          "no family of experts is known for the dense family '%s': begin with a model of one of %s"
              .formatted(dense.family(), FAMILIES.keySet().stream().sorted().toList()));
    }
    var routing = new Routing(Routing.Scoring.SOFTMAX, choice.perToken, true);
    var experts = new Experts(choice.experts, feedForward.width(), routing);
    return new ModelConfig(
        Families.names(family),
        dense.vocabularySize(),
        dense.context(),
        dense.width(),
        dense.layers(),
        dense.sharedLayers(),
        dense.attention(),
        feedForward.withExperts(experts),
        dense.norm(),
        dense.positions(),
        dense.embedding(),
        dense.specialTokens(),
        dense.initializerRange());
  }

  /// What the family's files cannot say would be lost without a word.
  private static void requireSame(ModelConfig made, ModelConfig written) {
    var parts =
        List.of(
            made.attention().equals(written.attention()),
            made.feedForward().equals(written.feedForward()),
            made.norm().equals(written.norm()),
            made.positions().equals(written.positions()),
            made.embedding().equals(written.embedding()));
    var names =
        List.of("attention", "feed-forward network", "normalisation", "positions", "embedding");
    int different = parts.indexOf(false);
    if (different >= 0) {
      throw new ModelConfigException(
          "files of the family '%s' have no place for the %s of this model: it cannot become one with experts"
              .formatted(made.family(), names.get(different)));
    }
  }

  private Map<String, Tensor> tensors(ModelConfig config, Parameters dense, TensorArena arena) {
    var tensors = new HashMap<String, Tensor>();
    for (var spec : ParameterLayout.of(config)) {
      tensors.put(spec.name(), tensor(config, spec, dense, arena));
    }
    return tensors;
  }

  private Tensor tensor(
      ModelConfig config, ParameterSpec spec, Parameters dense, TensorArena arena) {
    return switch (spec.role()) {
      case ROUTER -> router(config, spec, dense, arena);
      case EXPERT_GATE -> dense.weight(Role.GATE, spec.layer()).value();
      case EXPERT_UP -> dense.weight(Role.UP, spec.layer()).value();
      case EXPERT_DOWN -> dense.weight(Role.DOWN, spec.layer()).value();
      default ->
          spec.bias()
              ? dense.bias(spec.role(), spec.layer()).orElseThrow().value()
              : dense.weight(spec.role(), spec.layer()).value();
    };
  }

  /// In the type of the matrix that it stands beside.
  private Tensor router(
      ModelConfig config, ParameterSpec spec, Parameters dense, TensorArena arena) {
    var numbers = RandomNumbers.of(choice.seed, spec.name());
    var exact = arena.allocate(DType.FLOAT32, spec.shape());
    for (long i = 0; i < exact.elements(); i++) {
      exact.set(i, (float) (config.initializerRange() * numbers.normal(i)));
    }
    var type = dense.weight(Role.GATE, spec.layer()).value().type();
    return type == DType.FLOAT32 ? exact : arena.allocate(type, spec.shape()).copyFrom(exact);
  }
}
