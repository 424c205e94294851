package dev.fader.inspect.trace;

import dev.fader.generate.ContextFullException;
import dev.fader.generate.TextDelimiters;
import dev.fader.kernel.Engine;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.ModelConfig;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// An open model whose inside is looked at while texts go through it. It computes with activations
/// in float32, and owns nothing: the model and the engine stay open as long as it is used.
public final class TracedModel {
  private final Decoder decoder;
  private final Supplier<Optional<Tokenizer>> tokenizer;
  private final Supplier<List<Integer>> ends;
  private final Engine engine;
  private final Kernels kernels;
  private final BooleanSupplier stop;

  /// @throws IllegalArgumentException if adapters put virtual tokens before each text, which have
  ///   no place among its tokens
  @SuppressWarnings("exports") // the engine, which only Fader's own modules see
  public TracedModel(LoadedModel model, Engine engine) {
    this(model, engine, () -> false);
  }

  /// The same until `stop` is true, which is asked before each layer.
  ///
  /// @throws IllegalArgumentException as the other says
  @SuppressWarnings("exports") // the engine, which only Fader's own modules see
  public TracedModel(LoadedModel model, Engine engine, BooleanSupplier stop) {
    this.decoder = model.decoder();
    this.tokenizer = model::tokenizer;
    this.ends = () -> TextDelimiters.ends(model);
    this.engine = engine;
    this.kernels = engine.kernels().inFloat32();
    this.stop = stop;
    requireNoVirtualTokens();
  }

  TracedModel(Decoder decoder, Supplier<Optional<Tokenizer>> tokenizer, Engine engine) {
    this.decoder = decoder;
    this.tokenizer = tokenizer;
    this.ends = () -> decoder.config().specialTokens().ends();
    this.engine = engine;
    this.kernels = engine.kernels().inFloat32();
    this.stop = () -> false;
    requireNoVirtualTokens();
  }

  private void requireNoVirtualTokens() {
    if (decoder.virtualTokens() > 0) {
      throw new IllegalArgumentException(
          "adapters put %d virtual tokens before each text, which are not traced: leave them out"
              .formatted(decoder.virtualTokens()));
    }
  }

  /// The tokens of a text, with those that the model is used to before it.
  ///
  /// @throws IllegalStateException if the model has no tokenizer
  public int[] tokens(String text) {
    var own = requireTokenizer();
    return own.withPrefixTokens(own.encode(text));
  }

  private Tokenizer requireTokenizer() {
    return tokenizer()
        .orElseThrow(() ->
            new IllegalStateException(
                "the model has no tokenizer: put its tokenizer.json beside config.json, or give"
                    + " token ids"));
  }

  public Optional<Tokenizer> tokenizer() {
    return tokenizer.get();
  }

  public ModelConfig config() {
    return decoder.config();
  }

  Decoder decoder() {
    return decoder;
  }

  Kernels kernels() {
    return kernels;
  }

  /// As texts are written, with activations of whatever precision.
  Kernels writing() {
    return engine.kernels();
  }

  TensorMemory memory() {
    return engine.memory();
  }

  /// The tokens that texts end with.
  List<Integer> ends() {
    return ends.get();
  }

  /// Whether nobody waits for it any more.
  BooleanSupplier stop() {
    return stop;
  }

  /// @throws CancellationException if nobody waits for it any more
  void requireWanted() {
    if (stop.getAsBoolean()) {
      throw new CancellationException("nobody waits for it any more");
    }
  }

  void requireText(int[] ids) {
    int context = config().context();
    if (ids.length == 0) {
      throw new IllegalArgumentException("the text has no tokens: give some");
    }
    if (ids.length > context) {
      throw new ContextFullException(ids.length, 0, context);
    }
    for (int id : ids) {
      requireToken(id);
    }
  }

  void requireToken(int id) {
    int vocabulary = config().vocabularySize();
    if (id < 0 || id >= vocabulary) {
      throw new IllegalArgumentException(
          "token %d is not in the vocabulary of %d: give ids from 0 to %d"
              .formatted(id, vocabulary, vocabulary - 1));
    }
  }

  void requireLayer(int layer) {
    if (layer < 0 || layer >= config().layers()) {
      throw new IllegalArgumentException(
          "there is no layer %d: the model has layers 0 to %d"
              .formatted(layer, config().layers() - 1));
    }
  }

  void requireHead(int head) {
    requireHead(head, config().attention().heads());
  }

  static void requireHead(int head, int heads) {
    if (head < 0 || head >= heads) {
      throw new IllegalArgumentException(
          "there is no head %d: each layer has heads 0 to %d".formatted(head, heads - 1));
    }
  }

  static void requirePosition(int position, int tokens) {
    if (position < 0 || position >= tokens) {
      throw new IllegalArgumentException(
          "position %d is outside the %d tokens: give one from 0 to %d"
              .formatted(position, tokens, tokens - 1));
    }
  }
}
