package dev.fader.inspect.trace;

import dev.fader.generate.ContextFullException;
import dev.fader.kernel.Engine;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.ModelConfig;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.function.Supplier;

/// An open model whose inside is looked at while texts go through it. It computes with activations
/// in float32, and owns nothing: the model and the engine stay open as long as it is used.
public final class TracedModel {
  private final Decoder decoder;
  private final Supplier<Optional<Tokenizer>> tokenizer;
  private final Kernels kernels;
  private final TensorMemory memory;

  /// @throws IllegalArgumentException if adapters put virtual tokens before each text, which have
  ///   no place among its tokens
  @SuppressWarnings("exports") // the engine, which only Fader's own modules see
  public TracedModel(LoadedModel model, Engine engine) {
    this(model.decoder(), model::tokenizer, engine);
  }

  TracedModel(Decoder decoder, Supplier<Optional<Tokenizer>> tokenizer, Engine engine) {
    if (decoder.virtualTokens() > 0) {
      throw new IllegalArgumentException(
          "adapters put %d virtual tokens before each text, which are not traced: leave them out"
              .formatted(decoder.virtualTokens()));
    }
    this.decoder = decoder;
    this.tokenizer = tokenizer;
    this.kernels = engine.kernels().inFloat32();
    this.memory = engine.memory();
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

  TensorMemory memory() {
    return memory;
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
    int heads = config().attention().heads();
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
