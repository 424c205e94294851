package dev.fader.model;

import dev.fader.grad.AttentionLayout;
import dev.fader.grad.NormParameters;
import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.AttentionShape;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The decoder-only transformer (Vaswani et al. 2017, Radford et al. 2018), every family of it.
///
/// Immutable and shared, for training and generation alike: what differs is the tape.
public final class Decoder {
  private static final int READ_AGAIN_BLOCK = 512;

  private final ModelConfig config;
  private final Parameters parameters;
  private final WeightNames names;
  private final Optional<RotaryTables> rotary;

  /// A decoder with these parameters; its table of rotary positions lives in `arena`.
  public Decoder(Parameters parameters, TensorArena arena) {
    this.config = parameters.config();
    this.parameters = parameters;
    this.names = Families.of(config).names();
    this.rotary =
        switch (config.positions()) {
          case Positions.Learned() -> Optional.empty();
          case Positions.Rotary positions ->
              Optional.of(new RotaryTables(config, positions, arena));
        };
  }

  /// What it is.
  public ModelConfig config() {
    return config;
  }

  /// Its numbers.
  public Parameters parameters() {
    return parameters;
  }

  /// The normalised output of the last layer for a block of sequences from their start.
  ///
  /// @return (batch * time, width): what the head reads
  public Variable forward(Tape tape, TokenBlock tokens) {
    boolean far = far(tokens.firstPosition() + tokens.time());
    return forward(tape, new Pass(tokens, Optional.empty(), far));
  }

  /// The same for the next tokens of one sequence, whose keys and values are added to `cache`.
  public Variable forward(Tape tape, TokenBlock tokens, KeyValueCache cache) {
    if (tokens.batch() != 1 || tokens.firstPosition() != cache.length()) {
      throw new IllegalArgumentException(
          "%d sequences from position %d do not continue a cache of %d tokens"
              .formatted(tokens.batch(), tokens.firstPosition(), cache.length()));
    }
    boolean far = far(tokens.firstPosition() + tokens.time());
    if (cache.length() > 0 && cache.far() != far) {
      readAgain(tape, cache, far);
    }
    return extend(tape, new Pass(tokens, Optional.of(cache), far), cache);
  }

  /// A text that has outgrown the angles of short texts is read again with those of long ones, as
  /// in transformers: its keys differ in every layer.
  private void readAgain(Tape tape, KeyValueCache cache, boolean far) {
    var ids = cache.ids();
    cache.truncate(0);
    int length = Math.toIntExact(ids.elements());
    for (int start = 0; start < length; start += READ_AGAIN_BLOCK) {
      int count = Math.min(READ_AGAIN_BLOCK, length - start);
      var block = new TokenBlock(ids.slice(start, count), 1, count, start);
      extend(tape, new Pass(block, Optional.of(cache), far), cache);
    }
  }

  private Variable extend(Tape tape, Pass pass, KeyValueCache cache) {
    var output = forward(tape, pass);
    cache.append(pass.tokens().ids(), pass.far());
    return output;
  }

  private boolean far(int length) {
    return rotary.isPresent() && rotary.get().far(length);
  }

  private Variable forward(Tape tape, Pass pass) {
    var tokens = pass.tokens();
    int end = tokens.firstPosition() + tokens.time();
    if (end > config.context()) {
      throw new IllegalArgumentException(
          "%d tokens do not fit a context of %d".formatted(end, config.context()));
    }
    var x = embed(tape, tokens); // (batch * time, width)
    for (int i = 0; i < config.layers(); i++) {
      int layer = i;
      x = tape.layer(x, input -> layer(tape, input, layer, pass));
    }
    if (config.norm().placement() != ModelConfig.Placement.AFTER_SUM) {
      x = normalize(tape, x, Role.FINAL_NORM, 0);
    }
    return tape.scale(x, config.embedding().logitScale());
  }

  /// What all layers of one forward pass share.
  ///
  /// @param far whether positions have the angles of long texts
  private record Pass(TokenBlock tokens, Optional<KeyValueCache> cache, boolean far) {}

  private Variable embed(Tape tape, TokenBlock tokens) {
    Optional<Variable> positions =
        config.positions() instanceof Positions.Learned
            ? Optional.of(parameters.weight(Role.POSITION_EMBEDDING))
            : Optional.empty();
    var table = parameters.weight(Role.TOKEN_EMBEDDING);
    return tape.dropout(tape.embed(tokens, table, positions, config.embedding().scale()));
  }

  private Variable layer(Tape tape, Variable x, int layer, Pass pass) {
    boolean before = config.norm().before();
    var read = before ? normalize(tape, x, Role.ATTENTION_NORM, layer) : x;
    var attention = attention(tape, read, layer, pass);
    var between = add(tape, x, attention, Role.AFTER_ATTENTION_NORM, layer);
    var readAgain = before ? normalize(tape, between, Role.FEED_FORWARD_NORM, layer) : between;
    var feedForward = feedForward(tape, readAgain, layer);
    return add(tape, between, feedForward, Role.AFTER_FEED_FORWARD_NORM, layer);
  }

  /// The residual stream with a branch added, and the norm that stands behind either.
  private Variable add(Tape tape, Variable x, Variable branch, Role norm, int layer) {
    var placement = config.norm().placement();
    boolean afterSum = placement == ModelConfig.Placement.AFTER_SUM;
    boolean afterBranch = config.norm().after() && !afterSum;
    var added = afterBranch ? normalize(tape, branch, norm, layer) : branch;
    var sum = tape.add(x, tape.dropout(tape.scale(added, config.norm().branchScale())));
    return afterSum ? normalize(tape, sum, norm, layer) : sum;
  }

  private Variable attention(Tape tape, Variable x, int layer, Pass pass) {
    var attention = config.attention();
    var tokens = pass.tokens();
    var states = tape.linear(x, inputProjections(layer)); // (rows, queries | keys | values)
    if (attention.queryKeyNorm() != ModelConfig.QueryKeyNorm.NONE) {
      var layout =
          new AttentionLayout(attention.heads(), attention.keyValueHeads(), attention.headSize());
      states =
          tape.normalizeHeads(
              states, layout, norm(Role.QUERY_NORM, layer), norm(Role.KEY_NORM, layer));
    }
    var rotation = rotary.flatMap(tables -> tables.rotation(layer, tokens, pass.far()));
    if (rotation.isPresent()) {
      int turned = attention.queryWidth() + attention.keyValueWidth();
      states = tape.rotate(states, rotation.get(), turned);
    }
    var shape = attentionShape(tokens, layer);
    var mixed =
        pass.cache().isPresent()
            ? tape.attention(states, shape, pass.cache().get().layer(layer))
            : tape.attention(states, shape); // (rows, heads * headSize)
    return tape.linear(mixed, List.of(projection(Role.ATTENTION_OUTPUT, layer)));
  }

  private List<Projection> inputProjections(int layer) {
    if (names.has(Role.QUERY_KEY_VALUE)) {
      return List.of(projection(Role.QUERY_KEY_VALUE, layer));
    }
    return List.of(
        projection(Role.QUERY, layer), projection(Role.KEY, layer), projection(Role.VALUE, layer));
  }

  private AttentionShape attentionShape(TokenBlock tokens, int layer) {
    var attention = config.attention();
    return new AttentionShape(
        tokens.batch(),
        tokens.time(),
        tokens.firstPosition() + tokens.time(),
        tokens.firstPosition(),
        attention.heads(),
        attention.keyValueHeads(),
        attention.headSize(),
        attention.windows().get(layer),
        attention.scale(),
        attention.softCap());
  }

  private Variable feedForward(Tape tape, Variable x, int layer) {
    var feedForward = config.feedForward();
    var inputs = new ArrayList<Projection>(2);
    if (feedForward.gated() && names.has(Role.GATE_UP)) {
      inputs.add(projection(Role.GATE_UP, layer));
    } else {
      if (feedForward.gated()) {
        inputs.add(projection(Role.GATE, layer));
      }
      inputs.add(projection(Role.UP, layer));
    }
    var hidden = tape.linear(x, inputs); // (rows, gate | up) or (rows, up)
    var activated = tape.activate(hidden, feedForward.activation(), feedForward.gated());
    return tape.linear(activated, List.of(projection(Role.DOWN, layer)));
  }

  private Projection projection(Role role, int layer) {
    return new Projection(
        parameters.weight(role, layer), parameters.bias(role, layer), names.inputMajor());
  }

  private NormParameters norm(Role role, int layer) {
    return new NormParameters(
        config.norm().kind(),
        parameters.weight(role, layer),
        parameters.bias(role, layer),
        config.norm().epsilon(),
        config.norm().weightOffset());
  }

  private Variable normalize(Tape tape, Variable x, Role role, int layer) {
    return tape.normalize(x, norm(role, layer));
  }
}
