package dev.fader.generate;

import dev.fader.generate.Generation.StopReason;
import dev.fader.tokenizer.TextStream;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Writes on from a prompt, one token at a time.
public final class Generator {
  private final Session session;
  private final Optional<Tokenizer> tokenizer;
  private final GenerationSettings settings;
  private volatile boolean interrupted;

  /// A generator on a session of its own. Without a tokenizer it writes ids only.
  public Generator(Session session, Optional<Tokenizer> tokenizer, GenerationSettings settings) {
    if (tokenizer.isEmpty() && !settings.stops().isEmpty()) {
      throw new IllegalArgumentException(
          "stop strings need a tokenizer, and the model has none: use ids and a length");
    }
    this.session = session;
    this.tokenizer = tokenizer;
    this.settings = settings;
  }

  /// Writes on from `prompt`; `text` gets the new text as it comes, whole characters only.
  ///
  /// What the session has read before and the prompt begins with is not read again; what else it
  /// has read is forgotten. Afterwards it has read all but the last of the new tokens.
  ///
  /// @throws ContextFullException if the prompt does not fit
  public Generation generate(int[] prompt, Consumer<String> text) {
    long start = System.nanoTime();
    interrupted = false;
    int reused = session.rewindTo(prompt);
    var logits = session.read(Arrays.copyOfRange(prompt, reused, prompt.length));
    long prompted = System.nanoTime();
    var writing = new Writing(text);
    var reason = write(prompt, logits, writing);
    writing.finish();
    return new Generation(
        List.copyOf(writing.ids),
        writing.text.toString(),
        prompt.length,
        reused,
        reason,
        (prompted - start) * 1e-9,
        (System.nanoTime() - prompted) * 1e-9);
  }

  /// Ends what is being written before its next token; for another thread.
  public void interrupt() {
    interrupted = true;
  }

  private StopReason write(int[] prompt, float[] promptLogits, Writing writing) {
    var sampler = new Sampler(settings.sampler(), tokenizer);
    var logits = promptLogits;
    // After the last token that there is room for comes one more, which is not read.
    int most = Math.min(settings.maxTokens(), session.capacity() - session.length() + 1);
    var history = Arrays.copyOf(prompt, prompt.length + most);
    int length = prompt.length;
    while (true) {
      int id = sampler.next(logits, history, length);
      if (settings.ends().contains(id)) {
        return StopReason.STOP;
      }
      history[length++] = id;
      if (writing.accept(id)) {
        return StopReason.STOP;
      }
      if (writing.ids.size() == settings.maxTokens()) {
        return StopReason.LENGTH;
      }
      if (session.length() == session.capacity()) {
        return StopReason.CONTEXT;
      }
      if (interrupted) {
        return StopReason.INTERRUPTED;
      }
      logits = session.read(id);
    }
  }

  /// The text of one generation on its way out.
  private final class Writing {
    private final Consumer<String> reader;
    private final Optional<TextStream> stream = tokenizer.map(Tokenizer::textStream);
    private final StopStrings stops = new StopStrings(settings.stops());
    private final StringBuilder text = new StringBuilder();
    private final List<Integer> ids = new ArrayList<>();

    Writing(Consumer<String> reader) {
      this.reader = reader;
    }

    /// Takes a token; true if its text completes a stop string.
    boolean accept(int id) {
      ids.add(id);
      stream.ifPresent(s -> emit(stops.accept(s.accept(id))));
      return stops.found();
    }

    void finish() {
      stream.ifPresent(s -> emit(stops.accept(s.flush())));
      emit(stops.finish());
    }

    private void emit(String piece) {
      if (!piece.isEmpty()) {
        text.append(piece);
        reader.accept(piece);
      }
    }
  }
}
