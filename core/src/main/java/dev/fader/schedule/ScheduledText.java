package dev.fader.schedule;

import dev.fader.generate.Continuation;
import dev.fader.generate.Generation;
import dev.fader.generate.Generation.StopReason;
import dev.fader.generate.Session;
import dev.fader.generate.SessionBatch;
import dev.fader.generate.TokenSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One text of a request, with its session.
final class ScheduledText implements AutoCloseable {
  private final int number;
  private final Session session;
  private final Continuation continuation;
  private final int promptLength;
  private final StringBuilder pieces; // text that was not told yet
  private final int reused;
  private boolean writes; // the prompt was read, and the first token is known
  private boolean again; // the session has lost what it had read
  private boolean paused;
  private int told; // new tokens that were told
  private int toldLetters;
  private int toldSpans; // of whose letters all were told
  private final long began;
  private long prompted;

  /// @param reused tokens of the prompt that the session has
  ScheduledText(int number, Session session, Made made, int reused) {
    this.number = number;
    this.session = session;
    this.continuation = made.continuation;
    this.promptLength = made.continuation.promptLength();
    this.pieces = made.pieces;
    this.reused = reused;
    this.began = System.nanoTime();
  }

  /// A continuation, and where its text goes.
  record Made(Continuation continuation, StringBuilder pieces) {}

  /// Whether the next pass reads one token and those that are drafted.
  boolean isWriting() {
    return writes && !again;
  }

  Session session() {
    return session;
  }

  int reused() {
    return reused;
  }

  /// How many tokens are to be read before the text goes on.
  private int before() {
    return again && writes ? continuation.tokensBefore() : promptLength;
  }

  /// How many rows the next piece of what is to be read takes, about `most`.
  int pieceRows(int most) {
    int read = session.length();
    // What was written was read token by token, and has the bits of few rows.
    return read < promptLength
        ? session.promptPiece(promptLength - read, most)
        : session.writtenPiece(before() - read);
  }

  /// Adds what the next pass is to read: at most `rows` of a prompt.
  void addTo(SessionBatch batch, int rows) {
    if (isWriting()) {
      continuation.addTo(batch);
      return;
    }
    int read = session.length();
    var piece = continuation.tokens(read, read + rows);
    if (!writes && read + rows == promptLength) {
      batch.add(session, piece);
    } else {
      batch.add(session, piece, position -> false, (position, row) -> {});
    }
  }

  /// Notes that the pass was read.
  void wasRead() {
    if (isWriting()) {
      continuation.wasRead();
    } else if (writes && session.length() == before()) {
      again = false; // what it was about to read comes next
    }
  }

  /// How far the prompt was read, before the first token is known.
  Optional<GenerationEvent> progress() {
    return writes
        ? Optional.empty()
        : Optional.of(new GenerationEvent.PromptProgress(promptLength, reused, session.length()));
  }

  /// Whether the prompt was read just now, so that [#begin] comes next.
  boolean isPromptRead() {
    return !writes && session.length() == promptLength;
  }

  /// @param logits of the first token, which are changed
  void begin(float[] logits) {
    prompted = System.nanoTime();
    writes = true;
    again = false;
    continuation.begin(logits);
  }

  /// Takes what the last pass has decided. Why the text ends, if it does.
  Optional<StopReason> take() {
    return continuation.take();
  }

  /// Gives all memory back, until [#resume]; then what was read is read again.
  void putBack() {
    session.truncate(0);
    again = true;
    paused = true;
  }

  boolean isPaused() {
    return paused;
  }

  void resume() {
    paused = false;
    session.rewindTo(continuation.tokens(0, promptLength)); // as far as it is still remembered
  }

  /// What was written since the last time, if anything.
  Optional<GenerationEvent> news() {
    int count = continuation.count();
    if (count == told && pieces.isEmpty()) {
      return Optional.empty();
    }
    var likelihoods = continuation.likelihoods();
    var event =
        new GenerationEvent.Written(
            number,
            continuation.idsFrom(told),
            pieces.toString(),
            likelihoods.isEmpty() ? List.of() : List.copyOf(likelihoods.subList(told, count)),
            newSpans());
    told = count;
    toldLetters += pieces.length();
    pieces.setLength(0);
    return Optional.of(event);
  }

  /// The spans of the text that is not told yet, from where it begins.
  private List<TokenSpan> newSpans() {
    var all = continuation.tokenSpans();
    while (toldSpans < all.size() && all.get(toldSpans).to() <= toldLetters) {
      toldSpans++;
    }
    var spans = new ArrayList<TokenSpan>();
    for (int i = toldSpans; i < all.size(); i++) {
      var span = all.get(i);
      if (span.from() >= toldLetters + pieces.length()) {
        break;
      }
      spans.add(new TokenSpan(span.from() - toldLetters, span.to() - toldLetters));
    }
    return spans;
  }

  /// Hands on what was held back; [#news] has it then.
  void finish() {
    continuation.finish();
  }

  Generation generation(StopReason reason) {
    long now = System.nanoTime();
    long read = writes ? prompted : now;
    return new Generation(
        continuation.ids(),
        continuation.text(),
        promptLength,
        reused,
        Math.max(0, Math.min(session.length(), promptLength) - reused),
        reason,
        continuation.stop(),
        (read - began) * 1e-9,
        (now - read) * 1e-9,
        continuation.acceptance(),
        session.skippedShare());
  }

  int number() {
    return number;
  }

  int written() {
    return continuation.count();
  }

  @Override
  public void close() {
    session.close();
  }
}
