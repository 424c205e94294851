package dev.fader.inspect.trace;

import dev.fader.kernel.Engine;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.Decoder;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import dev.fader.model.family.Families;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// A model of three layers that was not learned but written, so that one knows what it does where.
///
/// The residual stream has four parts: which token stands here, which stood before it, what is to
/// be said next, and the position.
///
/// - Layer 0, head 0 attends to the token before and writes it into the second part.
/// - Layer 1, head 1 looks for a place whose token before is the one that stands here, and says
///   what stands there: induction. Where there is none, it rests on token 0, which begins every
///   text.
/// - Layer 2, feed-forward: where [#KEY] stands, neuron [#NEURON] says [#FACT].
///
/// All else is zero.
final class PlantedModel {
  static final int VOCABULARY = 24;
  static final int CONTEXT = 33;
  static final int KEY = 17;
  static final int FACT = 5;
  static final int NEURON = 3;
  static final int START = 0;

  private static final int HEAD = 33; // columns of a head
  private static final int BEFORE = VOCABULARY;
  private static final int NEXT = 2 * VOCABULARY;
  private static final int POSITION = 3 * VOCABULARY;
  private static final int WIDTH = POSITION + CONTEXT;

  private final Parameters parameters;

  private PlantedModel(TensorArena arena) {
    parameters = Parameters.learned(config(), arena, arena);
    parameters.entries().values().forEach(entry -> entry.value().zero());
  }

  static TracedModel of(Engine engine, TensorArena arena) {
    var planted = new PlantedModel(arena);
    planted.embed();
    planted.previousToken();
    planted.induction();
    planted.fact();
    var tensors = new LinkedHashMap<String, Tensor>();
    planted.parameters.entries().forEach((name, entry) -> tensors.put(name, entry.value()));
    var decoder = new Decoder(Parameters.fixed(config(), tensors), arena);
    return new TracedModel(decoder, Optional::empty, engine);
  }

  private static ModelConfig config() {
    return new ModelConfig(
        Families.names("gpt2"),
        VOCABULARY,
        CONTEXT,
        WIDTH,
        3,
        1,
        new ModelConfig.Attention(2, 2, HEAD, false, false, false, 1, 0, List.of(0, 0, 0)),
        new ModelConfig.FeedForward(7, Activation.RELU, false, false),
        new ModelConfig.Norm(Normalization.Kind.RMS, 1e-5f, 0, false),
        new Positions.Learned(),
        new ModelConfig.Embedding(false, 1, 0),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// GPT-2 stores projections input by input, and tables row by row.
  private void set(Role role, int layer, int out, int in, double value) {
    var weight = parameters.weight(role, layer).value();
    int columns = weight.shape().size(1);
    boolean isTable =
        switch (role) {
          case TOKEN_EMBEDDING, POSITION_EMBEDDING, HEAD -> true;
          default -> false;
        };
    weight.set(isTable ? (long) out * columns + in : (long) in * columns + out, (float) value);
  }

  private void embed() {
    for (int id = 0; id < VOCABULARY; id++) {
      set(Role.TOKEN_EMBEDDING, 0, id, id, 1);
      set(Role.HEAD, 0, id, NEXT + id, 3);
    }
    for (int position = 0; position < CONTEXT; position++) {
      set(Role.POSITION_EMBEDDING, 0, position, POSITION + position, 1);
    }
    for (int layer = 0; layer < 3; layer++) {
      ones(Role.ATTENTION_NORM, layer);
      ones(Role.FEED_FORWARD_NORM, layer);
    }
    ones(Role.FINAL_NORM, 0);
  }

  private void ones(Role role, int layer) {
    var weight = parameters.weight(role, layer).value();
    for (int i = 0; i < WIDTH; i++) {
      weight.set(i, 1);
    }
  }

  /// Queries stand first, then keys, then values; each of two heads.
  private void attention(int layer, int part, int column, int in, double value) {
    set(Role.QUERY_KEY_VALUE, layer, part * 2 * HEAD + column, in, value);
  }

  /// The norm makes about 7 of each 1 in the stream, so that scores are about 50 or 0.
  private void previousToken() {
    for (int position = 0; position < CONTEXT; position++) {
      attention(0, 0, position, POSITION + position, 1);
      if (position + 1 < CONTEXT) {
        attention(0, 1, position + 1, POSITION + position, 1);
      }
    }
    for (int id = 0; id < VOCABULARY; id++) {
      attention(0, 2, id, id, 1);
      set(Role.ATTENTION_OUTPUT, 0, BEFORE + id, id, 1 / Math.sqrt(WIDTH / 2.0));
    }
  }

  private void induction() {
    for (int id = 1; id < VOCABULARY; id++) {
      attention(1, 0, HEAD + id, id, 1);
      attention(1, 1, HEAD + id, BEFORE + id, 1);
      attention(1, 1, HEAD + id, START, 0.5); // half as good as what is looked for
      attention(1, 2, HEAD + id, id, 1);
      set(Role.ATTENTION_OUTPUT, 1, NEXT + id, HEAD + id, 1);
    }
  }

  private void fact() {
    set(Role.UP, 2, NEURON, KEY, 1);
    set(Role.DOWN, 2, NEXT + FACT, NEURON, 4);
  }
}
