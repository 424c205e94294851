package dev.fader.inspect.count;

import dev.fader.inspect.count.ParameterCount.Component;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Classifies tensors by their names, in the conventions of Hugging Face and GGUF: for files of
/// unknown families or without a configuration.
final class TensorNames {
  /// Computed tables, which are not parameters.
  private static final Pattern COMPUTED =
      Pattern.compile("rope_freqs|rope_factors|inv_freq|masked_bias|(^|\\.)attn\\.bias$");

  private record Rule(Component component, Pattern names) {
    Rule(Component component, String names) {
      this(component, Pattern.compile(names));
    }
  }

  /// The first rule whose text occurs in the name applies.
  private static final List<Rule> RULES =
      List.of(
          new Rule(
              Component.TOKEN_EMBEDDING,
              "embed_tokens|\\bwte\\b|word_embeddings|token_embd\\b|tok_embeddings|embed_in"),
          new Rule(
              Component.EMBEDDING_PROJECTION, "project_in|project_out|embedding_hidden_mapping"),
          new Rule(Component.POSITIONS, "\\bwpe\\b|positions?_emb|embed_positions"),
          new Rule(Component.HEAD, "lm_head|^output\\.weight|embed_out"),
          new Rule(Component.NORMS, "norm|\\bln_|_ln\\b|\\bln\\d"),
          new Rule(Component.SINKS, "sinks"),
          new Rule(Component.SHARED_EXPERTS, "shared_expert|_shexp"),
          new Rule(Component.ROUTER, "mlp\\.gate\\b|moe\\.gate\\b|ffn_gate_inp|router"),
          new Rule(Component.EXPERTS, "experts?\\.|_exps"),
          new Rule(Component.JOINT, "qkv|c_attn|kv_a|kv_b|query_key_value|attn_k_b|attn_v_b"),
          new Rule(Component.QUERY, "q_proj|q_a_proj|q_b_proj|attn_q|\\bwq\\b"),
          new Rule(Component.KEY, "k_proj|attn_k|\\bwk\\b"),
          new Rule(Component.VALUE, "v_proj|attn_v|\\bwv\\b"),
          new Rule(
              Component.ATTENTION_OUTPUT,
              "o_proj|attn_output|attn\\.c_proj|out_proj|attention\\.dense|\\bwo\\b"),
          new Rule(Component.FEED_FORWARD, "mlp|ffn|feed_forward|\\bfc\\d"));

  private static final Pattern LAYER = Pattern.compile("(?:^|\\.)(\\d{1,6})\\.");

  private TensorNames() {}

  /// The count of a file with `tensors`, where a token uses `chosen` of `experts` experts.
  static ModelCount count(List<ModelCount.Entry> tensors, long experts, long chosen) {
    var components = new EnumMap<Component, Long>(Component.class);
    var layers = new TreeMap<Integer, Map<Component, Long>>();
    var learned = new ArrayList<ModelCount.Entry>();
    long stored = 0;
    for (var tensor : tensors) {
      stored = Math.addExact(stored, tensor.elements());
      if (COMPUTED.matcher(tensor.name()).find()) {
        continue;
      }
      learned.add(tensor);
      var component = component(tensor.name(), tensor.shape());
      components.merge(component, tensor.elements(), Long::sum);
      var layer = LAYER.matcher(tensor.name());
      if (layer.find()) {
        layers
            .computeIfAbsent(Integer.parseInt(layer.group(1)), _ -> new EnumMap<>(Component.class))
            .merge(component, tensor.elements(), Long::sum);
      }
    }
    long trainable = ParameterCount.sum(components);
    long inExperts = components.getOrDefault(Component.EXPERTS, 0L);
    long idle = experts == 0 ? 0 : inExperts / experts * (experts - chosen);
    return new ModelCount(
        components, List.copyOf(layers.values()), learned, stored, trainable - idle);
  }

  private static Component component(String name, Shape shape) {
    if (name.endsWith("bias") && shape.rank() == 1) {
      return Component.BIASES;
    }
    return RULES.stream()
        .filter(rule -> rule.names.matcher(name).find())
        .map(Rule::component)
        .findFirst()
        .orElse(Component.OTHER);
  }
}
