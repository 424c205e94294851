package dev.fader.model.mix;

import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfig.Placement;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.Site;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;

/// A mix put into the weights of its model: what is turned where numbers flow becomes a factor of
/// the projections that the numbers flow into, and a steering vector part of a bias. What changes
/// is copied in float32.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class FoldedMix {
  private final Parameters table;
  private final MixFactors factors;
  private final TensorArena arena;
  private final LinkedHashMap<String, Tensor> tensors = new LinkedHashMap<>();

  private FoldedMix(Parameters table, MixFactors factors, TensorArena arena) {
    this.table = table;
    this.factors = factors;
    this.arena = arena;
    table.entries().forEach((name, variable) -> tensors.put(name, variable.value()));
  }

  /// A table that computes what `table` does with the gains and vectors of `mix`. Its tensors and
  /// cells are those of [AppliedMix#entries], which `table` has already, so that it fits the model.
  ///
  /// @param arena for the weights that change
  /// @throws MixException if weights cannot hold it
  public static Parameters fold(Mix mix, Parameters table, TensorArena arena) {
    var folded = new FoldedMix(table, MixFactors.of(mix, table.config()), arena);
    for (var spec : table.specs()) {
      folded.turn(spec);
    }
    for (var steering : mix.steerings()) {
      for (int layer : steering.layers().of(table.config().layers() + 1, "layer")) {
        folded.add(steering, layer);
      }
    }
    return Parameters.fixed(table.config(), folded.tensors);
  }

  private void turn(ParameterSpec spec) {
    boolean normed = norm().after() && norm().placement() != Placement.AFTER_SUM;
    switch (spec.role()) {
      case ATTENTION_OUTPUT ->
          turn(spec, new Turned(Target.Part.HEADS, normed ? 1 : branch(spec, Site.ATTENTION)));
      case DOWN, SHARED_DOWN ->
          turn(spec, new Turned(Target.Part.NEURONS, normed ? 1 : branch(spec, Site.FEED_FORWARD)));
      case EXPERT_DOWN ->
          turn(spec, new Turned(Target.Part.EXPERTS, normed ? 1 : branch(spec, Site.FEED_FORWARD)));
      case AFTER_ATTENTION_NORM -> turnNorm(spec, normed ? branch(spec, Site.ATTENTION) : 1);
      case AFTER_FEED_FORWARD_NORM -> turnNorm(spec, normed ? branch(spec, Site.FEED_FORWARD) : 1);
      default -> {}
    }
  }

  private ModelConfig.Norm norm() {
    return table.config().norm();
  }

  /// How a projection is turned.
  ///
  /// @param inputs the parts that it reads, or the experts that it belongs to
  /// @param whole the factor of all of it
  private record Turned(Target.Part inputs, float whole) {}

  private float branch(ParameterSpec spec, Site branch) {
    float factor = factors.branch(branch, spec.layer());
    for (int layer : sharing(spec)) {
      if (factors.branch(branch, layer) != factor) {
        throw shared(spec);
      }
    }
    return factor;
  }

  private float[] parts(ParameterSpec spec, Target.Part part) {
    float[] own = factors.parts(part, spec.layer());
    for (int layer : sharing(spec)) {
      if (!Arrays.equals(factors.parts(part, layer), own)) {
        throw shared(spec);
      }
    }
    return own;
  }

  private List<Integer> sharing(ParameterSpec spec) {
    var layers = new ArrayList<Integer>();
    for (int i = 0; i < table.config().sharedLayers(); i++) {
      layers.add(spec.layer() + i);
    }
    return layers;
  }

  private MixException shared(ParameterSpec spec) {
    return new MixException(
        "layers %d to %d share '%s' and are turned differently, which weights cannot hold: turn them alike, or use the mix beside the model"
            .formatted(
                spec.layer(), spec.layer() + table.config().sharedLayers() - 1, spec.name()));
  }

  private void turn(ParameterSpec spec, Turned how) {
    float[] parts = parts(spec, how.inputs);
    boolean neutral = how.whole == 1;
    for (float part : parts) {
      neutral &= part == 1;
    }
    if (neutral) {
      return;
    }
    var values = copy(spec);
    long elements = values.elements();
    var shape = spec.shape();
    boolean ofExperts = how.inputs == Target.Part.EXPERTS;
    boolean inputsFirst = table.config().names().inputMajor();
    long inner = shape.size(shape.rank() - 1);
    for (long i = 0; i < elements; i++) {
      int input = (int) (inputsFirst ? i / inner : i % inner);
      float part =
          ofExperts
              ? parts[expert(spec, i, elements / parts.length)]
              : spec.bias() ? 1 : parts[input / (inputs(spec) / parts.length)];
      values.set(i, values.get(i) * (part * how.whole));
    }
  }

  private int inputs(ParameterSpec spec) {
    var shape = spec.shape();
    return table.config().names().inputMajor() ? shape.size(0) : shape.size(1);
  }

  /// The expert that a number is of: that of the entry, or the slice in a stack of all.
  private static int expert(ParameterSpec spec, long element, long each) {
    boolean stacked = spec.shape().rank() == (spec.bias() ? 2 : 3);
    return stacked ? (int) (element / each) : spec.expert();
  }

  /// The weight of a norm is what is stored and an offset.
  private void turnNorm(ParameterSpec spec, float factor) {
    if (factor == 1) {
      return;
    }
    float offset = spec.bias() ? 0 : norm().weightOffset();
    var values = copy(spec);
    for (long i = 0; i < values.elements(); i++) {
      values.set(i, (values.get(i) + offset) * factor - offset);
    }
  }

  /// What is added before a layer is added by the layer before, where that ends in a bias.
  private void add(Steering steering, int layer) {
    var bias =
        table.specs().stream()
            .filter(spec -> spec.role() == Role.DOWN && spec.bias() && spec.layer() == layer - 1)
            .findFirst();
    if (bias.isEmpty() || norm().after() || table.config().sharedLayers() > 1) {
      throw new MixException(
          "a steering vector before layer %d cannot be in the weights of this model, which have no bias there: use the mix beside it"
              .formatted(layer));
    }
    var values = copy(bias.get());
    for (int i = 0; i < steering.vector().size(); i++) {
      float added = steering.vector().get(i) * steering.strength() / norm().branchScale();
      values.set(i, values.get(i) + added);
    }
  }

  private Tensor copy(ParameterSpec spec) {
    var source = table.get(spec).value();
    var current = tensors.getOrDefault(spec.name(), source);
    if (current != source) {
      return current;
    }
    var copy = arena.allocate(DType.FLOAT32, spec.shape()).copyFrom(source);
    tensors.put(spec.name(), copy);
    return copy;
  }
}
