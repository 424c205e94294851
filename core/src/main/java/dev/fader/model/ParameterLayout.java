package dev.fader.model;

import dev.fader.kernel.row.Normalization;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// The parameters of a configuration: names, roles and shapes, in the order of the table.
///
/// Shared parameters appear once: a tied head as the token embedding, shared layers as the first of
/// them.
public final class ParameterLayout {
  private final ModelConfig config;
  private final ParameterNames names;
  private final List<ParameterSpec> specs = new ArrayList<>();

  private ParameterLayout(ModelConfig config) {
    this.config = config;
    this.names = config.names();
  }

  /// The entries of `config`, from the embedding to the head.
  public static List<ParameterSpec> of(ModelConfig config) {
    var layout = new ParameterLayout(config);
    layout.addModel();
    return List.copyOf(layout.specs);
  }

  private void addModel() {
    boolean factorized = config.embedding().factorized();
    int columns = config.embeddingWidth();
    matrix(Role.TOKEN_EMBEDDING, 0, config.vocabularySize(), columns);
    if (factorized) {
      linear(Role.EMBEDDING_PROJECTION, 0, Shape.of(config.width(), columns), false);
    }
    if (config.positions() instanceof Positions.Learned(int first)) {
      matrix(Role.POSITION_EMBEDDING, 0, first + config.context(), config.width());
    }
    for (int layer = 0; layer < config.layers(); layer += config.sharedLayers()) {
      addAttention(layer);
      addFeedForward(layer);
    }
    if (config.norm().placement() != ModelConfig.Placement.AFTER_SUM) {
      norm(Role.FINAL_NORM, 0, config.width());
    }
    if (factorized) {
      linear(Role.HEAD_PROJECTION, 0, Shape.of(columns, config.width()), false);
    }
    if (!config.embedding().tied()) {
      matrix(Role.HEAD, 0, config.vocabularySize(), columns);
    }
  }

  private void addAttention(int layer) {
    var attention = config.attention();
    int width = config.width();
    if (config.norm().before()) {
      norm(Role.ATTENTION_NORM, layer, width);
    }
    if (attention.latent().isPresent()) {
      addLatent(layer, attention.latent().get());
    } else {
      addQueryKeyValue(layer);
    }
    if (attention.scores().sinks()) {
      add(Role.SINKS, layer, false, Shape.of(attention.heads()));
    }
    linear(
        Role.ATTENTION_OUTPUT,
        layer,
        Shape.of(width, attention.outputWidth()),
        attention.outputBias());
    if (config.norm().after()) {
      norm(Role.AFTER_ATTENTION_NORM, layer, width);
    }
  }

  private void addQueryKeyValue(int layer) {
    var attention = config.attention();
    int width = config.width();
    int queries = attention.queryWidth();
    int keys = attention.keyValueWidth();
    if (names.has(Role.QUERY_KEY_VALUE)) {
      long all = queries + 2L * keys;
      linear(Role.QUERY_KEY_VALUE, layer, Shape.of(all, width), attention.inputBias());
    } else {
      linear(Role.QUERY, layer, Shape.of(queries, width), attention.inputBias());
      linear(Role.KEY, layer, Shape.of(keys, width), attention.inputBias());
      linear(Role.VALUE, layer, Shape.of(keys, width), attention.inputBias());
    }
    switch (attention.queryKeyNorm()) {
      case NONE -> {}
      case EACH_HEAD -> {
        norm(Role.QUERY_NORM, layer, attention.headSize());
        norm(Role.KEY_NORM, layer, attention.headSize());
      }
      case ALL_HEADS -> {
        norm(Role.QUERY_NORM, layer, queries);
        norm(Role.KEY_NORM, layer, keys);
      }
    }
  }

  private void addLatent(int layer, LatentAttention latent) {
    var attention = config.attention();
    int width = config.width();
    int rank = latent.queryRank();
    if (rank == 0) {
      linear(Role.QUERY, layer, Shape.of(attention.queryWidth(), width), false);
    } else {
      linear(Role.QUERY_DOWN, layer, Shape.of(rank, width), attention.inputBias());
      norm(Role.QUERY_DOWN_NORM, layer, rank);
      linear(Role.QUERY_UP, layer, Shape.of(attention.queryWidth(), rank), false);
    }
    long narrow = (long) latent.keyValueRank() + latent.ropeSize();
    linear(Role.KEY_VALUE_DOWN, layer, Shape.of(narrow, width), attention.inputBias());
    norm(Role.KEY_VALUE_DOWN_NORM, layer, latent.keyValueRank());
    long expanded = attention.heads() * ((long) latent.nopeSize() + latent.valueSize());
    linear(Role.KEY_VALUE_UP, layer, Shape.of(expanded, latent.keyValueRank()), false);
  }

  private void addFeedForward(int layer) {
    var feedForward = config.feedForward();
    int width = config.width();
    if (config.norm().before()) {
      norm(Role.FEED_FORWARD_NORM, layer, width);
    }
    var experts = feedForward.experts(layer);
    if (experts.isPresent()) {
      addExperts(layer, experts.get());
    } else {
      addDense(layer);
    }
    if (config.norm().after()) {
      norm(Role.AFTER_FEED_FORWARD_NORM, layer, width);
    }
  }

  private void addDense(int layer) {
    var feedForward = config.feedForward();
    int width = config.width();
    int hidden = feedForward.width();
    if (feedForward.gated() && names.has(Role.GATE_UP)) {
      linear(Role.GATE_UP, layer, Shape.of(2L * hidden, width), feedForward.bias());
    } else {
      if (feedForward.gated()) {
        linear(Role.GATE, layer, Shape.of(hidden, width), feedForward.bias());
      }
      linear(Role.UP, layer, Shape.of(hidden, width), feedForward.bias());
    }
    linear(Role.DOWN, layer, Shape.of(width, hidden), feedForward.bias());
  }

  private void addExperts(int layer, Experts experts) {
    int width = config.width();
    int hidden = experts.width();
    boolean bias = config.feedForward().bias();
    linear(Role.ROUTER, layer, Shape.of(experts.count(), width), bias);
    if (experts.corrected()) {
      add(Role.ROUTER_CORRECTION, layer, false, Shape.of(experts.count()));
    }
    switch (experts.layout()) {
      case SEPARATE -> {
        for (int expert = 0; expert < experts.count(); expert++) {
          addExpert(Role.EXPERT_GATE, layer, expert, Shape.of(hidden, width));
          addExpert(Role.EXPERT_UP, layer, expert, Shape.of(hidden, width));
          addExpert(Role.EXPERT_DOWN, layer, expert, Shape.of(width, hidden));
        }
      }
      case STACKED -> {
        addExpert(Role.EXPERT_GATE, layer, 0, Shape.of(experts.count(), hidden, width));
        addExpert(Role.EXPERT_UP, layer, 0, Shape.of(experts.count(), hidden, width));
        addExpert(Role.EXPERT_DOWN, layer, 0, Shape.of(experts.count(), width, hidden));
      }
      case INTERLEAVED -> {
        long both = 2L * hidden;
        add(Role.EXPERT_GATE_UP, layer, false, Shape.of(experts.count(), width, both));
        add(Role.EXPERT_DOWN, layer, false, Shape.of(experts.count(), hidden, width));
        if (bias) {
          add(Role.EXPERT_GATE_UP, layer, true, Shape.of(experts.count(), both));
          add(Role.EXPERT_DOWN, layer, true, Shape.of(experts.count(), width));
        }
      }
    }
    if (experts.sharedWidth() > 0) {
      linear(Role.SHARED_GATE, layer, Shape.of(experts.sharedWidth(), width), bias);
      linear(Role.SHARED_UP, layer, Shape.of(experts.sharedWidth(), width), bias);
      linear(Role.SHARED_DOWN, layer, Shape.of(width, experts.sharedWidth()), bias);
    }
  }

  /// A matrix of shape (out, in), or a stack of them, and its biases.
  private void addExpert(Role role, int layer, int expert, Shape shape) {
    boolean stacked = shape.rank() == 3;
    long out = shape.dimension(shape.rank() - 2);
    var bias = stacked ? Shape.of(shape.dimension(0), out) : Shape.of(out);
    for (boolean isBias : new boolean[] {false, true}) {
      if (!isBias || config.feedForward().bias()) {
        String name =
            stacked
                ? names.stackedName(role, layer, isBias)
                : names.name(role, layer, expert, isBias);
        specs.add(new ParameterSpec(name, role, layer, expert, isBias, isBias ? bias : shape));
      }
    }
  }

  /// A projection of shape (out, in), transposed if the family stores it so.
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
    add(role, layer, 0, bias, shape);
  }

  private void add(Role role, int layer, int expert, boolean bias, Shape shape) {
    String name = names.name(role, layer, expert, bias);
    specs.add(new ParameterSpec(name, role, layer, expert, bias, shape));
  }
}
