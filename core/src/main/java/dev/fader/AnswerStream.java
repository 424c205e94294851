package dev.fader;

import dev.fader.answer.Answer;
import dev.fader.answer.AnswerParser;
import dev.fader.answer.AnswerPart;
import dev.fader.answer.AnswerPlan;
import dev.fader.generate.Generation;
import dev.fader.schedule.GenerationEvent;
import dev.fader.schedule.GenerationStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/// The answers to a question on their way: [GenerationStream], read as the model's chat template
/// writes thoughts and calls of tools.
///
/// Safe for use by several threads.
public final class AnswerStream implements AutoCloseable {
  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  private final GenerationStream stream;
  private final List<AnswerParser> parsers = new ArrayList<>(); // guarded by this
  private final List<List<AnswerPart>> parts = new ArrayList<>(); // guarded by this
  private final Queue<AnswerEvent> next = new ArrayDeque<>(); // guarded by this

  /// An answer, and what wrote it.
  ///
  /// @param generation its tokens and their text, tags included
  public record Answered(Answer answer, Generation generation) {}

  AnswerStream(GenerationStream stream, AnswerPlan plan, int count) {
    this.stream = stream;
    for (int number = 0; number < count; number++) {
      parsers.add(plan.parser());
      parts.add(new ArrayList<>());
    }
  }

  /// The next event, waiting for it; empty after the last one.
  ///
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public Optional<AnswerEvent> next() throws InterruptedException {
    return next(FOREVER);
  }

  /// The next event, waiting for it no longer than `most`; empty after the last one, or if there is
  /// none by then.
  ///
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public synchronized Optional<AnswerEvent> next(Duration most) throws InterruptedException {
    if (next.isEmpty()) {
      stream.next(most).ifPresent(this::read);
    }
    return Optional.ofNullable(next.poll());
  }

  private void read(GenerationEvent event) {
    switch (event) {
      case GenerationEvent.PromptProgress(var tokens, var reused, var read) ->
          next.add(new AnswerEvent.PromptProgress(tokens, reused, read));
      case GenerationEvent.PromptRead(var tokens, var reused) ->
          next.add(new AnswerEvent.PromptRead(tokens, reused));
      case GenerationEvent.Written written -> {
        int number = written.number();
        var read = parsers.get(number).accept(written.text(), written.spans());
        parts.get(number).addAll(read);
        next.add(new AnswerEvent.Written(number, read, written.ids(), written.likelihoods()));
      }
      case GenerationEvent.Ended(var number, var generation) -> {
        var rest = parsers.get(number).finish(isCut(generation));
        parts.get(number).addAll(rest);
        if (!rest.isEmpty()) {
          next.add(new AnswerEvent.Written(number, rest, List.of(), List.of()));
        }
        next.add(new AnswerEvent.Ended(number, Answer.of(parts.get(number)), generation));
      }
      case GenerationEvent.Failed(var cause) -> next.add(new AnswerEvent.Failed(cause));
    }
  }

  private static boolean isCut(Generation generation) {
    return switch (generation.stopReason()) {
      case LENGTH, CONTEXT, INTERRUPTED -> true;
      case END_TOKEN, STOP_TEXT, GRAMMAR -> false;
    };
  }

  /// Takes all events, and returns the answers. It fails as the question does.
  ///
  /// @throws InterruptedException if the thread is interrupted meanwhile; the question is cancelled
  public List<Answered> collect() throws InterruptedException {
    var answers = new Answered[parsers.size()];
    try {
      for (var event = next(); event.isPresent(); event = next()) {
        switch (event.get()) {
          case AnswerEvent.Ended(var number, var answer, var generation) ->
              answers[number] = new Answered(answer, generation);
          case AnswerEvent.Failed(var cause) -> throw cause;
          case AnswerEvent.PromptProgress _, AnswerEvent.PromptRead _, AnswerEvent.Written _ -> {}
        }
      }
    } catch (InterruptedException stop) {
      cancel();
      throw stop;
    }
    return List.of(answers);
  }

  /// The answers once they have ended, for who takes no events: this takes them, on a thread of its
  /// own. It fails as the question does.
  public CompletableFuture<List<Answered>> result() {
    var result = new CompletableFuture<List<Answered>>();
    Thread.ofVirtual()
        .name("fader-answer")
        .start(() -> {
          try {
            result.complete(collect());
          } catch (RuntimeException | InterruptedException failed) {
            result.completeExceptionally(failed);
          }
        });
    return result;
  }

  /// Ends the question within one forward pass: what was written by then is its answer.
  public void cancel() {
    stream.cancel();
  }

  /// The same as [#cancel].
  @Override
  public void close() {
    cancel();
  }
}
