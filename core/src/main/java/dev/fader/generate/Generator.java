package dev.fader.generate;

import dev.fader.generate.Generation.StopReason;
import dev.fader.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/// Generates text from a prompt, one token at a time.
public final class Generator {
  private final Session session;
  private final Continuation.Means means;
  private volatile boolean interrupted;

  /// A generator on its own session. Without a tokenizer it gives ids only.
  public Generator(Session session, Optional<Tokenizer> tokenizer, GenerationSettings settings) {
    this(session, tokenizer, settings, Optional.empty());
  }

  /// A generator that decodes speculatively with a drafter, if there is one.
  ///
  /// @throws IllegalArgumentException if the drafter has another vocabulary
  public Generator(
      Session session,
      Optional<Tokenizer> tokenizer,
      GenerationSettings settings,
      Optional<Drafter> drafter) {
    int vocabulary = session.vocabularySize();
    drafter.ifPresent(some -> some.requireVocabulary(vocabulary, tokenizer));
    var pieces = Continuation.Means.piecesFor(tokenizer, settings, vocabulary);
    this.session = session;
    this.means = new Continuation.Means(tokenizer, settings, pieces, drafter);
  }

  /// Continues `prompt`; `text` receives the new text as it is generated, in whole characters.
  ///
  /// The longest common prefix of the prompt and the session's tokens is reused from the KV cache;
  /// the rest of the session is discarded. Afterwards the session holds all but the last of the new
  /// tokens, or the part of the prompt that was read before an interruption.
  ///
  /// @throws ContextFullException if the prompt does not fit
  /// @throws dev.fader.grammar.GrammarException if no token can go on as the grammar asks
  public Generation generate(int[] prompt, Consumer<String> text) {
    long start = System.nanoTime();
    int reused = session.rewindTo(prompt);
    int[] rest = Arrays.copyOfRange(prompt, reused, prompt.length);
    var logits = session.readUnless(() -> interrupted, rest);
    long prompted = System.nanoTime();
    int read = session.length() - reused;
    var continuation =
        new Continuation(
            session, means, prompt, new Continuation.Listening(text, () -> interrupted, -1, false));
    var reason = StopReason.INTERRUPTED;
    if (logits.isPresent()) {
      continuation.begin(logits.get());
      try {
        reason = write(continuation);
      } finally {
        continuation.forgetRest();
      }
    }
    continuation.finish();
    interrupted = false;
    return new Generation(
        continuation.ids(),
        continuation.text(),
        prompt.length,
        reused,
        read,
        reason,
        continuation.stop(),
        (prompted - start) * 1e-9,
        (System.nanoTime() - prompted) * 1e-9,
        continuation.acceptance(),
        session.skippedShare());
  }

  private static StopReason write(Continuation continuation) {
    var ended = continuation.take();
    while (ended.isEmpty()) {
      continuation.read();
      ended = continuation.take();
    }
    return ended.get();
  }

  /// Stops the current generation, or else the next one: before the next layer while the prompt is
  /// read, before the next token afterwards. Callable from another thread.
  public void interrupt() {
    interrupted = true;
  }
}
