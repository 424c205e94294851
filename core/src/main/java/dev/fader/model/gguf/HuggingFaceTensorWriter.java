package dev.fader.model.gguf;

import dev.fader.format.TensorContent;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// The parameters of a GGUF model in the layout of a Hugging Face directory, the inverse of
/// [GgufTensorWriter].
public final class HuggingFaceTensorWriter {
  private final Parameters source;
  private final ModelConfig target;

  private HuggingFaceTensorWriter(Parameters source) {
    this.source = source;
    this.target = layout(source.config());
  }

  /// The model as its family's `config.json` describes it.
  public static ModelConfig layout(ModelConfig config) {
    var architecture = GgufArchitecture.of(config);
    var changed = config;
    if (config.positions() instanceof Positions.Rotary rotary
        && GgufTensorWriter.isPaired(architecture, config)) {
      changed = changed.withPositions(rotary.withInterleaved(false));
    }
    if (architecture.isGemma()) {
      changed = changed.withNorm(config.norm().withWeightOffset(1));
    }
    var experts = config.feedForward().experts();
    return experts.isEmpty()
        ? changed
        : changed.withFeedForward(
            config.feedForward().withExperts(experts.get().withLayout(expertLayout(config))));
  }

  private static Experts.Layout expertLayout(ModelConfig config) {
    return config.names().has(Role.EXPERT_GATE_UP)
        ? Experts.Layout.INTERLEAVED
        : Experts.Layout.SEPARATE;
  }

  /// All tensors as `type`; small ones that would lose precision stay float32.
  public static List<TensorContent> of(Parameters source, DType type) {
    var tensors = new HuggingFaceTensorWriter(source);
    var contents = new ArrayList<TensorContent>();
    for (var spec : ParameterLayout.of(tensors.target)) {
      var rows = tensors.rows(spec);
      boolean small = spec.shape().rank() < 2;
      boolean kept = small && !fits(tensors.stored(spec), type);
      contents.add(rows.content(spec.name(), kept ? DType.FLOAT32 : type, spec.shape()));
    }
    return contents;
  }

  /// Copies the numbers of `source` into the parameters of its [#layout].
  ///
  /// @param wanted the entries that are copied
  public static void copy(Parameters source, Parameters into, Predicate<ParameterSpec> wanted) {
    var tensors = new HuggingFaceTensorWriter(source);
    for (var spec : ParameterLayout.of(tensors.target)) {
      if (wanted.test(spec)) {
        tensors.rows(spec).copyTo(into.get(spec.name()).value());
      }
    }
  }

  /// All tensors with their numbers where they are.
  public static List<HuggingFaceTensor> tensors(Parameters source) {
    var tensors = new HuggingFaceTensorWriter(source);
    var found = new ArrayList<HuggingFaceTensor>();
    for (var spec : ParameterLayout.of(tensors.target)) {
      found.add(new HuggingFaceTensor(spec, tensors.rows(spec)));
    }
    return found;
  }

  private static boolean fits(Tensor tensor, DType type) {
    if (type == DType.FLOAT32) {
      return true;
    }
    try (var arena = Arena.ofConfined()) {
      var narrow =
          new Tensor(type, tensor.shape(), arena.allocate(type.bytesFor(tensor.elements()), 8));
      narrow.copyFrom(tensor);
      for (long i = 0; i < tensor.elements(); i++) {
        if (narrow.get(i) != tensor.get(i)) {
          return false;
        }
      }
      return true;
    }
  }

  private Tensor stored(ParameterSpec spec) {
    if (!isExpert(spec.role()) || layout() != Experts.Layout.STACKED) {
      return source.get(spec.name()).value();
    }
    var one = stacked(spec, spec.role()).slice(spec.expert(), 1);
    return spec.shape().rank() == 2
        ? one.reshape(spec.shape().dimension(0), spec.shape().dimension(1))
        : one.reshape(spec.shape().dimension(0));
  }

  private boolean isInterleaved(Role role) {
    return role == Role.EXPERT_GATE_UP
        || (role == Role.EXPERT_DOWN
            && target.feedForward().experts().orElseThrow().layout() == Experts.Layout.INTERLEAVED);
  }

  private Experts.Layout layout() {
    return source.config().feedForward().experts().orElseThrow().layout();
  }

  private static boolean isExpert(Role role) {
    return switch (role) {
      case EXPERT_GATE, EXPERT_UP, EXPERT_DOWN -> true;
      default -> false;
    };
  }

  private Tensor stacked(ParameterSpec spec, Role role) {
    var names = source.config().names();
    return source.get(names.stackedName(role, spec.layer(), spec.bias())).value();
  }

  /// The source tensors stacked in one tensor here, with rows as columns.
  private List<Tensor> interleavedSources(ParameterSpec spec) {
    return spec.role() == Role.EXPERT_GATE_UP
        ? List.of(stacked(spec, Role.EXPERT_GATE), stacked(spec, Role.EXPERT_UP))
        : List.of(stacked(spec, Role.EXPERT_DOWN));
  }

  private TensorRows rows(ParameterSpec spec) {
    int rank = spec.shape().rank();
    int width = rank == 0 ? 1 : spec.shape().size(rank - 1);
    if (isInterleaved(spec.role())) {
      long rowsEach = spec.bias() ? 1 : spec.shape().dimension(1);
      return new TensorRows.Columns(interleavedSources(spec), rowsEach, width, 0, 1);
    }
    var stored = stored(spec);
    boolean reordered = spec.role() == Role.QUERY || spec.role() == Role.KEY;
    if (reordered && GgufTensorWriter.isPaired(GgufArchitecture.of(target), target)) {
      var plain = new TensorRows.Plain(stored, spec.bias() ? 1 : width);
      return new TensorRows.Paired(plain, target.attention().headSize(), false);
    }
    var plain = new TensorRows.Plain(stored, width);
    float offset = target.norm().weightOffset() - source.config().norm().weightOffset();
    return offset != 0 && GgufTensorWriter.isNormWeight(spec)
        ? new TensorRows.Shifted(plain, -offset)
        : plain;
  }
}
