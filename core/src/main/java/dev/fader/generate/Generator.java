package dev.fader.generate;

import dev.fader.generate.Generation.StopReason;
import dev.fader.grammar.GrammarMatcher;
import dev.fader.grammar.TokenPieces;
import dev.fader.tokenizer.TextStream;
import dev.fader.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// Generates text from a prompt, one token at a time.
public final class Generator {
  /// The most elements of an array in the JVMs that there are.
  private static final int MOST_ELEMENTS = Integer.MAX_VALUE - 8;

  private final Session session;
  private final Optional<Tokenizer> tokenizer;
  private final GenerationSettings settings;
  private final Optional<TokenPieces> pieces;
  private final Optional<Drafter> drafter;
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
    if (tokenizer.isEmpty() && !settings.stops().isEmpty()) {
      throw new IllegalArgumentException(
          "stop strings need a tokenizer, and the model has none: use ids and a length");
    }
    if (tokenizer.isEmpty() && settings.grammar().isPresent()) {
      throw new IllegalArgumentException(
          "a grammar needs a tokenizer, and the model has none: leave it out");
    }
    drafter.ifPresent(some -> some.requireVocabulary(session.vocabularySize(), tokenizer));
    this.session = session;
    this.tokenizer = tokenizer;
    this.settings = settings;
    this.drafter = drafter;
    this.pieces =
        settings.grammar().isEmpty()
            ? Optional.empty()
            : tokenizer.map(known -> GrammarTokens.of(known, session.vocabularySize()));
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
    var writing = new Writing(prompt, text);
    var sampler = new Sampler(settings.sampler(), tokenizer);
    var reading = new ReadAhead(session, sampler, drafter, new Draft(settings.ends()));
    var reason = StopReason.INTERRUPTED;
    if (logits.isPresent()) {
      reading.begin(logits.get());
      drafter.ifPresent(some -> some.begin(drafted(sampler)));
      try {
        reason = write(prompt, reading, writing);
      } finally {
        reading.forgetRest();
      }
    }
    writing.finish();
    interrupted = false;
    return new Generation(
        writing.ids(),
        writing.text.toString(),
        prompt.length,
        reused,
        read,
        reason,
        (prompted - start) * 1e-9,
        (System.nanoTime() - prompted) * 1e-9,
        reading.acceptance(),
        session.skippedShare());
  }

  private DraftedText drafted(Sampler sampler) {
    return new DraftedText(settings.sampler(), tokenizer, sampler, () -> interrupted);
  }

  /// Stops the current generation, or else the next one: before the next layer while the prompt is
  /// read, before the next token afterwards. Callable from another thread.
  public void interrupt() {
    interrupted = true;
  }

  private StopReason write(int[] prompt, ReadAhead reading, Writing writing) {
    var matcher = matcher();
    // The last new token is not read, so one more fits than the session has room for.
    int most = Math.min(settings.maxTokens(), session.capacity() - session.length() + 1);
    long end = (long) prompt.length + most;
    var text = prompt;
    int length = prompt.length;
    while (true) {
      if (text.length - length <= SessionPool.FEW && text.length < end) {
        text = Arrays.copyOf(text, (int) Math.min(Math.min(end, MOST_ELEMENTS), 2L * length + 256));
      }
      int id = reading.next(text, length, matcher);
      if (reading.isEnd(id)) {
        return StopReason.END_TOKEN;
      }
      text[length++] = id;
      if (writing.accept(id)) {
        return StopReason.STOP_TEXT;
      }
      if (matcher.isPresent() && isComplete(matcher.get(), id)) {
        return StopReason.GRAMMAR;
      }
      if (writing.count == settings.maxTokens()) {
        return StopReason.LENGTH;
      }
      if (length > session.capacity()) {
        return StopReason.CONTEXT;
      }
      if (interrupted) {
        return StopReason.INTERRUPTED;
      }
      reading.advance(text, length, (int) Math.min(end - length, text.length - length), matcher);
    }
  }

  private Optional<GrammarMatcher> matcher() {
    return settings
        .grammar()
        .flatMap(
            grammar -> pieces.map(known -> new GrammarMatcher(grammar, known, settings.ends())));
  }

  private static boolean isComplete(GrammarMatcher matcher, int id) {
    matcher.accept(id);
    return matcher.isComplete();
  }

  /// Decodes what follows the prompt. Tokenizers that add a space before the first word drop it
  /// only at the start of a text.
  private TextStream streamAfter(int[] prompt, Tokenizer known) {
    var stream = known.textStream();
    for (int id : prompt) {
      boolean frames =
          OptionalInt.of(id).equals(known.beginOfText()) || settings.ends().contains(id);
      if (!frames && id < known.vocabularySize()) {
        stream.accept(id);
      }
    }
    stream.flush();
    return stream;
  }

  /// The output text of one generation, with stop strings.
  private final class Writing {
    private final Consumer<String> reader;
    private final Optional<TextStream> stream;
    private final StopStrings stops = new StopStrings(settings.stops());
    private final StringBuilder text = new StringBuilder();
    private int[] ids = new int[64];
    private int count;

    Writing(int[] prompt, Consumer<String> reader) {
      this.reader = reader;
      this.stream = tokenizer.map(known -> streamAfter(prompt, known));
    }

    /// Adds a token; true if its text completes a stop string.
    boolean accept(int id) {
      if (count == ids.length) {
        ids = Arrays.copyOf(ids, 2 * count);
      }
      ids[count++] = id;
      if (stream.isPresent()) {
        emit(stops.accept(stream.get().accept(id)));
      }
      return stops.found();
    }

    List<Integer> ids() {
      return Arrays.stream(ids, 0, count).boxed().toList();
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
