package dev.fader.langchain4j;

import dev.fader.generate.ContextFullException;
import dev.fader.schedule.DeadlineException;
import dev.fader.schedule.QueueFullException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;

/// Fader's exceptions as LangChain4j has them.
final class Exceptions {
  private Exceptions() {}

  static RuntimeException of(RuntimeException cause) {
    var message = String.valueOf(cause.getMessage());
    return switch (cause) {
      case LangChain4jException already -> already;
      case QueueFullException _ -> new RateLimitException(message, cause);
      case DeadlineException _ -> new TimeoutException(message, cause);
      case ContextFullException _ -> new InvalidRequestException(message, cause);
      case IllegalArgumentException _ -> new InvalidRequestException(message, cause);
      default ->
          cause instanceof dev.fader.template.TemplateException
                  || cause instanceof dev.fader.grammar.GrammarException
              ? new InvalidRequestException(message, cause)
              : new InternalServerException(message, cause);
    };
  }
}
