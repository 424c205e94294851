package dev.fader.model.gguf;

import dev.fader.format.TensorContent;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The parameters of a model as the tensors of its [GgufLayout]: query and key rows permuted for
/// interleaved pairs, experts stacked, norms with Gemma's offset of 1 added, projections (out, in).
public final class GgufTensorWriter {
  private final Parameters source;
  private final GgufLayout layout;

  private GgufTensorWriter(Parameters source) {
    this.source = source;
    this.layout = new GgufLayout(source.config());
  }

  /// All tensors; matrices as `type`, or in their stored type. Computed ones are allocated in
  /// `arena`.
  public static List<TensorContent> of(Parameters source, Optional<DType> type, TensorArena arena) {
    var tensors = new GgufTensorWriter(source);
    var contents = new ArrayList<TensorContent>();
    for (var entry : tensors.layout.entries()) {
      contents.add(tensors.content(entry, type));
    }
    tensors
        .layout
        .factors()
        .forEach((name, factors) -> contents.add(factors(name, factors, arena)));
    return contents;
  }

  private TensorContent content(GgufLayout.Entry entry, Optional<DType> type) {
    var stored = type.orElseGet(() -> stored(entry.spec()).type());
    return rows(entry.spec())
        .content(entry.name(), entry.isMatrix() ? stored : DType.FLOAT32, entry.shape());
  }

  /// The source tensor of an entry: of separate experts, the first.
  private Tensor stored(ParameterSpec spec) {
    return source.get(spec.role().isExpert() ? expertName(spec, 0) : spec.name()).value();
  }

  private String expertName(ParameterSpec spec, int expert) {
    var layout = source.config().feedForward().experts().orElseThrow().layout();
    var names = source.config().names();
    return switch (layout) {
      case SEPARATE -> names.name(spec.role(), spec.layer(), expert, spec.bias());
      case STACKED -> names.stackedName(spec.role(), spec.layer(), spec.bias());
      case INTERLEAVED -> names.name(interleaved(spec.role()), spec.layer(), 0, spec.bias());
    };
  }

  /// If gate and up are fused.
  private static Role interleaved(Role role) {
    return role == Role.EXPERT_DOWN ? role : Role.EXPERT_GATE_UP;
  }

  private TensorRows rows(ParameterSpec spec) {
    var stored = stored(spec);
    int rank = spec.shape().rank();
    int width = rank == 0 ? 1 : spec.shape().size(rank - 1);
    switch (spec.role()) {
      case EXPERT_GATE, EXPERT_UP, EXPERT_DOWN -> {
        return experts(spec, width);
      }
      case QUERY, KEY -> {
        if (isPaired(layout.architecture(), source.config())) {
          int headSize = layout.config().attention().headSize();
          return new TensorRows.Paired(
              new TensorRows.Plain(stored, spec.bias() ? 1 : width), headSize, true);
        }
      }
      default -> {}
    }
    if (layout.isTransposed(spec)) {
      var shape = stored.shape();
      return new TensorRows.Columns(List.of(stored), shape.dimension(1), shape.size(0), 0, 1);
    }
    var plain = new TensorRows.Plain(stored, width);
    float offset = layout.config().norm().weightOffset();
    return offset != 0 && isNormWeight(spec) ? new TensorRows.Shifted(plain, offset) : plain;
  }

  /// Whether query and key rows are permuted between the layouts: for architectures with
  /// interleaved pairs, except latent attention, which has them in both layouts.
  public static boolean isPaired(GgufArchitecture architecture, ModelConfig config) {
    return architecture.interleaved() && config.attention().latent().isEmpty();
  }

  static boolean isNormWeight(ParameterSpec spec) {
    return spec.role().isNorm() && !spec.bias();
  }

  private TensorRows experts(ParameterSpec spec, int width) {
    var experts = source.config().feedForward().experts().orElseThrow();
    if (experts.layout() == Experts.Layout.STACKED) {
      return new TensorRows.Plain(stored(spec), width);
    }
    if (experts.layout() == Experts.Layout.INTERLEAVED) {
      int step = spec.role() == Role.EXPERT_DOWN ? 1 : 2;
      int first = spec.role() == Role.EXPERT_UP ? 1 : 0;
      return new TensorRows.Columns(
          List.of(stored(spec)), spec.shape().dimension(1), spec.bias() ? 1 : width, first, step);
    }
    var tensors = new ArrayList<Tensor>();
    for (int expert = 0; expert < experts.count(); expert++) {
      tensors.add(source.get(expertName(spec, expert)).value());
    }
    long rows = spec.shape().elements() / width / experts.count();
    return new TensorRows.Stacked(tensors, rows, width);
  }

  private static TensorContent factors(String name, List<Double> factors, TensorArena arena) {
    var tensor = arena.floats(factors.size());
    for (int i = 0; i < factors.size(); i++) {
      tensor.set(i, factors.get(i).floatValue());
    }
    return TensorContent.of(name, tensor);
  }
}
