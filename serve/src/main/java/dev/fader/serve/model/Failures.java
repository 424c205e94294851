package dev.fader.serve.model;

import dev.fader.generate.ContextFullException;
import dev.fader.generate.NotNumbersException;
import dev.fader.grammar.GrammarException;
import dev.fader.kernel.option.EngineException;
import dev.fader.model.mix.MixException;
import dev.fader.schedule.DeadlineException;
import dev.fader.schedule.QueueFullException;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiException.Kind;
import dev.fader.template.TemplateException;
import dev.fader.tensor.OutOfTensorMemory;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;

/// What clients are told of the library's exceptions.
public final class Failures {
  private Failures() {}

  /// In the words of the library where these are meant for who asked.
  public static ApiException told(Throwable failure) {
    return switch (failure) {
      case ApiException error -> error;
      case QueueFullException full ->
          new ApiException(Kind.BUSY, words(full)).retryAfter(full.retryAfterSeconds());
      case ContextFullException full ->
          new ApiException(Kind.INVALID, words(full))
              .coded("context_length_exceeded")
              .counted("n_prompt_tokens", full.tokens())
              .counted("n_ctx", full.capacity());
      case DeadlineException late -> new ApiException(Kind.TIMEOUT, words(late));
      case GrammarException wrong -> new ApiException(Kind.INVALID, words(wrong));
      case TemplateException wrong -> new ApiException(Kind.INVALID, words(wrong));
      case MixException wrong -> new ApiException(Kind.INVALID, words(wrong));
      case NotNumbersException wrong -> new ApiException(Kind.INTERNAL, words(wrong));
      case EngineException failed -> new ApiException(Kind.INTERNAL, words(failed));
      case IllegalArgumentException wrong -> new ApiException(Kind.INVALID, words(wrong));
      case OutOfTensorMemory full -> new ApiException(Kind.UNAVAILABLE, words(full)).retryAfter(5);
      case OutOfMemoryError full ->
          new ApiException(Kind.UNAVAILABLE, "the server is short of memory").retryAfter(5);
      case RejectedExecutionException full ->
          new ApiException(
                  Kind.BUSY, "as many grammars wait to be compiled as may: try again in 1 s")
              .retryAfter(1);
      case InterruptedException ending ->
          new ApiException(Kind.UNAVAILABLE, "the server is about to end");
      case CancellationException ending ->
          new ApiException(Kind.UNAVAILABLE, "the server is about to end");
      default -> new ApiException(Kind.INTERNAL, "the server has failed at this request");
    };
  }

  private static String words(Throwable failure) {
    return String.valueOf(failure.getMessage());
  }
}
