package dev.fader.generate;

import dev.fader.generate.Generation.StopReason;
import dev.fader.grammar.GrammarMatcher;
import dev.fader.grammar.TokenPieces;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// A text that is being continued, a forward pass at a time: it samples what the last pass has
/// decided, and says what the next one is to read. Whoever drives it reads the prompt first, and
/// may read for many texts in one pass.
///
/// Owned by one caller, like its session.
public final class Continuation {
  /// The most elements of an array in the JVMs that there are.
  private static final int MOST_ELEMENTS = Integer.MAX_VALUE - 8;

  private final Session session;
  private final Means means;
  private final int[] prompt;
  private final WrittenText written;
  private final ReadAhead reading;
  private final Sampler sampler;
  private final Optional<GrammarMatcher> matcher;
  private final BooleanSupplier stop;
  private final int ranked;
  private final boolean sampled;
  private final List<TokenLikelihood> likelihoods = new ArrayList<>();
  private int[] text; // the prompt, then what was written
  private int length; // of it
  private long end; // of what may be written

  /// What texts are continued with.
  ///
  /// @param pieces the texts of the tokens, if there is a grammar
  public record Means(
      Optional<Tokenizer> tokenizer,
      GenerationSettings settings,
      Optional<TokenPieces> pieces,
      Optional<Drafter> drafter) {
    /// @throws IllegalArgumentException if the settings need a tokenizer that is not there
    public Means {
      if (tokenizer.isEmpty() && !settings.stops().isEmpty()) {
        throw new IllegalArgumentException(
            "stop strings need a tokenizer, and the model has none: use ids and a length");
      }
      if (settings.grammar().isPresent() && pieces.isEmpty()) {
        throw new IllegalArgumentException(
            "a grammar needs a tokenizer, and the model has none: leave it out");
      }
    }

    /// The texts of the tokens, where the settings have a grammar.
    public static Optional<TokenPieces> piecesFor(
        Optional<Tokenizer> tokenizer, GenerationSettings settings, int vocabulary) {
      return settings.grammar().isEmpty()
          ? Optional.empty()
          : tokenizer.map(known -> GrammarTokens.of(known, vocabulary));
    }
  }

  /// Who is told what was written, and who may end it.
  ///
  /// @param text receives the new text as it is written, in whole characters
  /// @param stop whether someone wants it to end
  /// @param ranked how many of the most probable tokens are noted with each token, 0 for its own
  ///   likelihood alone, below 0 for nothing
  /// @param sampled whether what is noted is how likely the sampler was to draw a token, and not
  ///   how likely it was by the model
  public record Listening(
      Consumer<String> text, BooleanSupplier stop, int ranked, boolean sampled) {}

  /// A continuation of `prompt`, of which nothing is read yet.
  public Continuation(Session session, Means means, int[] prompt, Listening listening) {
    this.session = session;
    this.means = means;
    this.prompt = prompt.clone();
    this.text = this.prompt;
    this.length = prompt.length;
    this.stop = listening.stop;
    this.ranked = listening.ranked;
    this.sampled = listening.sampled;
    this.written = new WrittenText(prompt, means.tokenizer, means.settings, listening.text);
    this.sampler = new Sampler(means.settings.sampler(), means.tokenizer);
    this.reading = new ReadAhead(session, sampler, means.drafter, new Draft(means.settings.ends()));
    this.matcher =
        means
            .settings
            .grammar()
            .flatMap(grammar ->
                means.pieces.map(
                    known -> new GrammarMatcher(grammar, known, means.settings.ends())));
  }

  /// Begins to write, after the prompt was read.
  ///
  /// @param logits of the first new token, which are changed
  public void begin(float[] logits) {
    reading.begin(logits);
    // The last new token is not read, so one more fits than the session has room for.
    int most = Math.min(means.settings.maxTokens(), session.capacity() - session.length() + 1);
    end = (long) prompt.length + most;
    means.drafter.ifPresent(some ->
        some.begin(new DraftedText(means.settings.sampler(), means.tokenizer, sampler, stop)));
  }

  /// Takes the tokens that the last pass has decided: one, or several that were drafted. Why the
  /// text ends, if it does; otherwise the next pass is to read what [#addTo] or [#read] says.
  ///
  /// @throws dev.fader.grammar.GrammarException if no token can go on as the grammar asks
  public Optional<StopReason> take() {
    do {
      if (text.length - length <= SessionPool.FEW && text.length < end) {
        text = Arrays.copyOf(text, (int) Math.min(Math.min(end, MOST_ELEMENTS), 2L * length + 256));
      }
      var prediction =
          ranked < 0
              ? Optional.<Prediction>empty()
              : Optional.of(Prediction.of(length - 1, reading.logits().clone()));
      int id = reading.next(text, length, matcher);
      if (reading.isEnd(id)) {
        return Optional.of(StopReason.END_TOKEN);
      }
      prediction.ifPresent(some -> likelihoods.add(likelihood(id, some)));
      text[length++] = id;
      if (written.accept(id)) {
        return Optional.of(StopReason.STOP_TEXT);
      }
      if (matcher.isPresent() && isComplete(matcher.get(), id)) {
        return Optional.of(StopReason.GRAMMAR);
      }
      if (written.count() == means.settings.maxTokens()) {
        return Optional.of(StopReason.LENGTH);
      }
      if (length > session.capacity()) {
        return Optional.of(StopReason.CONTEXT);
      }
      if (stop.getAsBoolean()) {
        return Optional.of(StopReason.INTERRUPTED);
      }
    } while (reading.isDecided(
        text, length, (int) Math.min(end - length, text.length - length), matcher));
    return Optional.empty();
  }

  private TokenLikelihood likelihood(int id, Prediction prediction) {
    return sampled
        ? sampler.likelihood(id, prediction, ranked)
        : TokenLikelihood.of(id, prediction, ranked);
  }

  private static boolean isComplete(GrammarMatcher matcher, int id) {
    matcher.accept(id);
    return matcher.isComplete();
  }

  /// Reads what is to be read next, alone.
  public void read() {
    reading.read();
  }

  /// Adds what is to be read next; [#wasRead] follows.
  public void addTo(SessionBatch batch) {
    reading.addTo(batch);
  }

  /// Says that the batch of [#addTo] was read.
  public void wasRead() {
    reading.wasRead();
  }

  /// Leaves in the session what became part of the text.
  void forgetRest() {
    reading.forgetRest();
  }

  /// Hands on text that was held back.
  public void finish() {
    written.finish();
  }

  /// How many tokens the session has to have read before the coming pass: the prompt and what was
  /// written but the last token.
  public int tokensBefore() {
    return Math.max(prompt.length, length - 1);
  }

  /// Some tokens of the prompt and of what was written, from number `first` to before `end`.
  public int[] tokens(int first, int end) {
    return Arrays.copyOfRange(text, first, end);
  }

  /// How many tokens the prompt has.
  public int promptLength() {
    return prompt.length;
  }

  /// The new tokens, without one that ended it.
  public List<Integer> ids() {
    return written.idsFrom(0);
  }

  /// The new tokens from number `first` on.
  public List<Integer> idsFrom(int first) {
    return written.idsFrom(first);
  }

  /// How many there are.
  public int count() {
    return written.count();
  }

  /// Their text, up to a stop string.
  public String text() {
    return written.text();
  }

  /// The stop string that ended it, if one has.
  public Optional<String> stop() {
    return written.stop();
  }

  /// The letters of the text that single added tokens wrote, in order. Some of the last may stand
  /// after its end, where it waits for a stop string.
  public List<TokenSpan> tokenSpans() {
    return written.spans();
  }

  /// How likely each was, if that was asked for.
  public List<TokenLikelihood> likelihoods() {
    return likelihoods;
  }

  /// What the drafts have been good for, if there were any.
  public Optional<Acceptance> acceptance() {
    return reading.acceptance();
  }
}
