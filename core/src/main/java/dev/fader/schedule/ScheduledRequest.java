package dev.fader.schedule;

import dev.fader.generate.Continuation;
import dev.fader.generate.Generation;
import dev.fader.generate.Generation.StopReason;
import dev.fader.generate.NgramDrafter;
import dev.fader.generate.Session;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// A request, its texts, and who waits for them.
final class ScheduledRequest {
  private final Asked asked;
  private final GenerationStream stream;
  private final long arrival;
  private final long since = System.nanoTime();
  private final List<ScheduledText> texts = new ArrayList<>(); // those that have not ended
  private final Generation[] ended;
  private int left;

  /// What was asked for, and the session that reads the prompt.
  record Asked(GenerationRequest request, Continuation.Means means, Session session) {}

  /// @param arrival its number, in the order in which requests came
  ScheduledRequest(Asked asked, GenerationStream stream, long arrival) {
    this.asked = asked;
    this.stream = stream;
    this.arrival = arrival;
    this.left = asked.request.texts().count();
    this.ended = new Generation[left];
  }

  /// Begins its first text.
  void begin() {
    int reused = asked.session.rewindTo(asked.request.prompt());
    texts.add(new ScheduledText(0, asked.session, made(0, asked.session), reused));
  }

  /// Begins all its texts, once the first one has read the prompt.
  void fork() {
    var first = texts.getFirst();
    float[] logits = first.session().logits();
    for (int number = 1; number < left; number++) {
      var session = asked.session.fork();
      var text =
          new ScheduledText(number, session, made(number, session), first.session().length());
      texts.add(text);
      text.begin(logits.clone());
    }
    first.begin(logits);
  }

  private ScheduledText.Made made(int number, Session session) {
    var means = asked.means;
    var settings = means.settings();
    var sampler = settings.sampler();
    int draftTokens = asked.request.texts().draftTokens();
    var own =
        new Continuation.Means(
            means.tokenizer(),
            settings.withSampler(sampler.withSeed(sampler.seed() + number)),
            means.pieces(),
            draftTokens == 0 ? Optional.empty() : Optional.of(new NgramDrafter(draftTokens)));
    var pieces = new StringBuilder();
    var listening =
        new Continuation.Listening(
            pieces::append,
            stream::isCancelled,
            asked.request.texts().ranked(),
            asked.request.texts().sampled());
    var prompt = asked.request.prompt();
    return new ScheduledText.Made(new Continuation(session, own, prompt, listening), pieces);
  }

  /// Ends it before it has begun.
  void endUnbegun() {
    asked.session.close();
    for (int number = 0; number < ended.length; number++) {
      var nothing =
          new Generation(
              List.of(),
              "",
              asked.request.prompt().length,
              0,
              0,
              StopReason.INTERRUPTED,
              Optional.empty(),
              0,
              0,
              Optional.empty(),
              OptionalDouble.empty());
      end(number, nothing);
    }
  }

  /// Ends it and the texts that have not ended.
  void fail(RuntimeException cause) {
    texts.forEach(ScheduledText::close);
    texts.clear();
    asked.session.close();
    stream.fail(cause);
  }

  GenerationStream stream() {
    return stream;
  }

  String client() {
    return asked.request.terms().client();
  }

  int priority() {
    return asked.request.terms().priority();
  }

  long arrival() {
    return arrival;
  }

  /// Why it is too late for it, if it is.
  Optional<DeadlineException> late(Instant now) {
    return asked
        .request
        .terms()
        .deadline()
        .filter(now::isAfter)
        .map(deadline -> new DeadlineException(deadline, written()));
  }

  double seconds() {
    return (System.nanoTime() - since) * 1e-9;
  }

  /// Texts that have not ended.
  List<ScheduledText> texts() {
    return texts;
  }

  /// How many texts it takes the place of.
  int places() {
    return left;
  }

  private int written() {
    int written = 0;
    for (var text : texts) {
      written += text.written();
    }
    return written;
  }

  /// Notes that a text has ended; true if it was the last.
  boolean end(ScheduledText text, Generation generation) {
    texts.remove(text);
    return end(text.number(), generation);
  }

  private boolean end(int number, Generation generation) {
    ended[number] = generation;
    left--;
    stream.add(new GenerationEvent.Ended(number, generation));
    if (left == 0) {
      stream.complete(Arrays.asList(ended.clone()));
    }
    return left == 0;
  }
}
