package dev.fader.model;

import dev.fader.kernel.Normalization;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Which parameters a configuration has: their names, roles and shapes, in the order of the table.
///
/// Shared parameters appear once: a tied head is the token embedding, and layers that share appear
/// as their first.
public final class ParameterLayout {
  private final ModelConfig config;
  private final WeightNames names;
  private final List<ParameterSpec> specs = new ArrayList<>();

  private ParameterLayout(ModelConfig config) {
    this.config = config;
    this.names = WeightNames.of(config.family());
  }

  /// The entries of `config`, embedding first, head last.
  public static List<ParameterSpec> of(ModelConfig config) {
    var layout = new ParameterLayout(config);
    layout.addModel();
    return List.copyOf(layout.specs);
  }

  private void addModel() {
    matrix(Role.TOKEN_EMBEDDING, 0, config.vocabularySize(), config.width());
    if (config.positions() instanceof Positions.Learned) {
      matrix(Role.POSITION_EMBEDDING, 0, config.context(), config.width());
    }
    for (int layer = 0; layer < config.layers(); layer += config.sharedLayers()) {
      addAttention(layer);
      addFeedForward(layer);
    }
    norm(Role.FINAL_NORM, 0, config.width());
    if (!config.embedding().tied()) {
      matrix(Role.HEAD, 0, config.vocabularySize(), config.width());
    }
  }

  private void addAttention(int layer) {
    var attention = config.attention();
    int width = config.width();
    norm(Role.ATTENTION_NORM, layer, width);
    if (names.has(Role.QUERY_KEY_VALUE)) {
      int all = attention.queryWidth() + 2 * attention.keyValueWidth();
      linear(Role.QUERY_KEY_VALUE, layer, Shape.of(all, width), attention.inputBias());
    } else {
      linear(Role.QUERY, layer, Shape.of(attention.queryWidth(), width), attention.inputBias());
      linear(Role.KEY, layer, Shape.of(attention.keyValueWidth(), width), attention.inputBias());
      linear(Role.VALUE, layer, Shape.of(attention.keyValueWidth(), width), attention.inputBias());
    }
    if (attention.normalizeHeads()) {
      norm(Role.QUERY_NORM, layer, attention.headSize());
      norm(Role.KEY_NORM, layer, attention.headSize());
    }
    linear(
        Role.ATTENTION_OUTPUT,
        layer,
        Shape.of(width, attention.queryWidth()),
        attention.outputBias());
    if (config.norm().after()) {
      norm(Role.AFTER_ATTENTION_NORM, layer, width);
    }
  }

  private void addFeedForward(int layer) {
    var feedForward = config.feedForward();
    int width = config.width();
    norm(Role.FEED_FORWARD_NORM, layer, width);
    if (feedForward.gated()) {
      linear(Role.GATE, layer, Shape.of(feedForward.width(), width), feedForward.bias());
    }
    linear(Role.UP, layer, Shape.of(feedForward.width(), width), feedForward.bias());
    linear(Role.DOWN, layer, Shape.of(width, feedForward.width()), feedForward.bias());
    if (config.norm().after()) {
      norm(Role.AFTER_FEED_FORWARD_NORM, layer, width);
    }
  }

  /// A projection of shape (out, in), stored the other way round where the family does so.
  private void linear(Role role, int layer, Shape outIn, boolean bias) {
    long out = outIn.dimension(0);
    long in = outIn.dimension(1);
    add(role, layer, false, names.inputMajor() ? Shape.of(in, out) : outIn);
    if (bias) {
      add(role, layer, true, Shape.of(out));
    }
  }

  private void matrix(Role role, int layer, int rows, int columns) {
    add(role, layer, false, Shape.of(rows, columns));
  }

  private void norm(Role role, int layer, int size) {
    add(role, layer, false, Shape.of(size));
    if (config.norm().kind() == Normalization.Kind.LAYER) {
      add(role, layer, true, Shape.of(size));
    }
  }

  private void add(Role role, int layer, boolean bias, Shape shape) {
    String name = names.name(role, layer, bias ? "bias" : "weight");
    specs.add(new ParameterSpec(name, role, layer, bias, shape));
  }
}
