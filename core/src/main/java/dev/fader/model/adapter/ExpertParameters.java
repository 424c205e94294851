package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.ExpertAdapter;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.Variable;
import dev.fader.model.Experts;
import dev.fader.model.Role;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// LoRA beside the parameters that hold the experts of a layer in transformers 5: gate and up one
/// behind the other, and down. peft wraps the module of the experts once for each of them, the
/// first innermost, and names the matrices after the wraps.
final class ExpertParameters {
  static final String WRAP = "base_layer.";
  private static final List<String> IN_ORDER = List.of(ModelAdapter.GATE_UP, ModelAdapter.DOWN);

  private ExpertParameters() {}

  /// @throws AdapterException if the model has no such parameters, or something else is asked for
  ///   than plain LoRA
  static void add(AdapterBuilder builder, LoraMethod method) {
    var variant = method.variant();
    if (variant.decomposed() || variant.bias() || variant.dropout() > 0) {
      throw new AdapterException(
          "`target_parameters` goes with neither `use_dora`, `lora_bias` nor `lora_dropout`: peft"
              + " has none of them for experts");
    }
    boolean any = false;
    for (int layer = 0; layer < builder.model().layers(); layer++) {
      var experts = builder.model().feedForward().experts(layer);
      if (experts.isPresent()) {
        any |= add(builder, method, layer, experts.get());
      }
    }
    if (!any) {
      throw new AdapterException(
          "`target_parameters` names %s, and this %s model has %s"
              .formatted(
                  String.join(", ", method.parameters()),
                  builder.model().family(),
                  builder.model().feedForward().experts().isPresent()
                      ? "mlp.experts.gate_up_proj and mlp.experts.down_proj"
                      : "no experts"));
    }
  }

  private static boolean add(
      AdapterBuilder builder, LoraMethod method, int layer, Experts experts) {
    String module = "model.layers.%d.mlp.experts".formatted(layer);
    var wanted = new ArrayList<String>();
    for (String parameter : IN_ORDER) {
      String name = module + "." + parameter;
      if (method.parameters().stream()
          .anyMatch(end -> name.equals(end) || name.endsWith("." + end))) {
        wanted.add(parameter);
      }
    }
    for (int i = 0; i < wanted.size(); i++) {
      String within = WRAP.repeat(wanted.size() - 1 - i);
      boolean down = wanted.get(i).equals(ModelAdapter.DOWN);
      long width = builder.model().width();
      long in = down ? experts.width() : width;
      long out = down ? width : 2L * experts.width();
      String name = module + "." + wanted.get(i);
      long rank = method.ranks().rank(name);
      var a =
          builder.learned(
              module,
              within + LowRankAdapter.DOWN,
              Shape.of(Math.multiplyExact(rank, experts.count()), in),
              method.init().kind() == LoraInit.Kind.GAUSSIAN
                  ? new InitialValue.Normal(1.0 / rank)
                  : InitialValue.linear(in));
      var b =
          up(
              builder,
              AdapterBuilder.PREFIX + module + "." + within + LowRankAdapter.UP,
              Shape.of(out, Math.multiplyExact(rank, experts.count())),
              !down && isTakenApart(builder, experts));
      builder.besideExperts(
          name, new ExpertAdapter(a, b, experts.count(), method.scale(name), Optional.empty()));
    }
    return !wanted.isEmpty();
  }

  /// Whether gate and up alternate in transformers and are apart in this model: gpt-oss in GGUF.
  private static boolean isTakenApart(AdapterBuilder builder, Experts experts) {
    return builder.model().names().has(Role.EXPERT_GATE_UP)
        && experts.layout() != Experts.Layout.INTERLEAVED;
  }

  private static Variable up(AdapterBuilder builder, String key, Shape shape, boolean apart) {
    var numbers = builder.numbers();
    return apart
        ? numbers.learnedRows(
            key, shape, InitialValue.ZERO, RowOrder.apart(Math.toIntExact(shape.dimension(0) / 2)))
        : numbers.learned(key, shape, InitialValue.ZERO);
  }
}
