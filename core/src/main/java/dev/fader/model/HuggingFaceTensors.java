package dev.fader.model;

import dev.fader.format.TensorContent;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// The parameters of a model that was opened from a GGUF file with the layout that a Hugging Face
/// directory of its family has: the other way round of [GgufTensors].
final class HuggingFaceTensors {
  private final Parameters source;
  private final ModelConfig target;

  private HuggingFaceTensors(Parameters source) {
    this.source = source;
    this.target = layout(source.config());
  }

  /// The same model as its family's `config.json` says it.
  static ModelConfig layout(ModelConfig config) {
    var architecture = GgufArchitecture.of(config);
    var changed = config;
    if (config.positions() instanceof Positions.Rotary rotary
        && GgufTensors.isPaired(architecture, config)) {
      changed = changed.withPositions(rotary.withInterleaved(false));
    }
    if (architecture.isGemma()) {
      changed = changed.withNorm(config.norm().withWeightOffset(1));
    }
    var experts = config.feedForward().experts();
    return experts.isEmpty()
        ? changed
        : changed.withFeedForward(
            config.feedForward().withExperts(experts.get().withLayout(Experts.Layout.SEPARATE)));
  }

  /// All tensors as `type`; what is small and would lose by that stays float32.
  static List<TensorContent> of(Parameters source, DType type) {
    var tensors = new HuggingFaceTensors(source);
    var contents = new ArrayList<TensorContent>();
    for (var spec : ParameterLayout.of(tensors.target)) {
      var rows = tensors.rows(spec);
      boolean small = spec.shape().rank() < 2;
      boolean kept = small && !fits(tensors.stored(spec), type);
      contents.add(rows.content(spec.name(), kept ? DType.FLOAT32 : type, spec.shape()));
    }
    return contents;
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
    var experts = source.config().feedForward().experts();
    boolean stacked =
        switch (spec.role()) {
          case EXPERT_GATE, EXPERT_UP, EXPERT_DOWN ->
              experts.orElseThrow().layout() == Experts.Layout.STACKED;
          default -> false;
        };
    if (!stacked) {
      return source.find(spec.name()).value();
    }
    var names = Families.of(source.config()).names();
    var all = source.find(names.stackedName(spec.role(), spec.layer(), spec.bias())).value();
    var one = all.slice(spec.expert(), 1);
    return spec.shape().rank() == 2
        ? one.reshape(spec.shape().dimension(0), spec.shape().dimension(1))
        : one.reshape(spec.shape().dimension(0));
  }

  private TensorRows rows(ParameterSpec spec) {
    var stored = stored(spec);
    int rank = spec.shape().rank();
    int width = rank == 0 ? 1 : spec.shape().size(rank - 1);
    boolean turned = spec.role() == Role.QUERY || spec.role() == Role.KEY;
    if (turned && GgufTensors.isPaired(GgufArchitecture.of(target), target)) {
      var plain = new TensorRows.Plain(stored, spec.bias() ? 1 : width);
      return new TensorRows.Paired(plain, target.attention().headSize(), false);
    }
    var plain = new TensorRows.Plain(stored, width);
    float offset = target.norm().weightOffset() - source.config().norm().weightOffset();
    return offset != 0 && GgufTensors.isNorm(spec) ? new TensorRows.Shifted(plain, -offset) : plain;
  }
}
