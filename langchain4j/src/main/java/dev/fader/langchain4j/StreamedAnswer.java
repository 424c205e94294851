package dev.fader.langchain4j;

import dev.fader.AnswerEvent;
import dev.fader.AnswerStream;
import dev.fader.answer.AnswerPart;
import dev.fader.answer.ToolCall;
import dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.List;
import java.util.Optional;

/// Tells a handler of LangChain4j an answer as it is written.
final class StreamedAnswer {
  private final AnswerStream stream;
  private final String model;
  private final StreamingChatResponseHandler handler;
  private final Handle handle = new Handle();
  private final StringBuilder arguments = new StringBuilder(); // of the call that is being written
  private final StringBuilder untold = new StringBuilder(); // of them
  private Optional<AnswerPart.CallBegun> call = Optional.empty();

  StreamedAnswer(AnswerStream stream, String model, StreamingChatResponseHandler handler) {
    this.stream = stream;
    this.model = model;
    this.handler = handler;
  }

  /// By which the handler may end the answer.
  private final class Handle implements StreamingHandle {
    private volatile boolean cancelled;

    @Override
    public void cancel() {
      cancelled = true;
      stream.cancel();
    }

    @Override
    public boolean isCancelled() {
      return cancelled;
    }
  }

  /// Tells all of it. After a cancellation nothing more is told.
  void run() {
    try {
      for (var event = stream.next();
          event.isPresent() && !handle.cancelled;
          event = stream.next()) {
        tell(event.get());
      }
    } catch (InterruptedException stop) {
      stream.cancel();
      InternalStreamingChatResponseHandlerUtils.withLoggingExceptions(() -> handler.onError(stop));
      Thread.currentThread().interrupt();
    }
  }

  private void tell(AnswerEvent event) {
    switch (event) {
      case AnswerEvent.PromptProgress _, AnswerEvent.PromptRead _ -> {}
      case AnswerEvent.Written written -> tell(written.parts());
      case AnswerEvent.Ended(_, var answer, var generation) -> {
        completeCall();
        InternalStreamingChatResponseHandlerUtils.onCompleteResponse(
            handler, Answers.response(model, answer, generation));
      }
      case AnswerEvent.Failed(var cause) -> {
        var told = Exceptions.of(cause);
        InternalStreamingChatResponseHandlerUtils.withLoggingExceptions(
            () -> handler.onError(told));
      }
    }
  }

  private void tell(List<AnswerPart> parts) {
    for (var part : parts) {
      if (handle.cancelled) {
        return;
      }
      switch (part) {
        case AnswerPart.Content(var text) ->
            InternalStreamingChatResponseHandlerUtils.onPartialResponse(handler, text, handle);
        case AnswerPart.Reasoning(var text) ->
            InternalStreamingChatResponseHandlerUtils.onPartialThinking(handler, text, handle);
        case AnswerPart.CallBegun begun -> {
          completeCall();
          call = Optional.of(begun);
        }
        case AnswerPart.CallArguments(_, var json) -> goOn(json);
      }
    }
  }

  private void goOn(String json) {
    arguments.append(json);
    untold.append(json);
    if (call.isEmpty() || untold.toString().isBlank()) {
      return; // a handler does not expect white space alone
    }
    var partial =
        PartialToolCall.builder()
            .index(call.get().index())
            .id(call.get().id())
            .name(call.get().name())
            .partialArguments(untold.toString())
            .build();
    untold.setLength(0);
    InternalStreamingChatResponseHandlerUtils.onPartialToolCall(handler, partial, handle);
  }

  private void completeCall() {
    call.ifPresent(begun -> {
      var made = new ToolCall(begun.id(), begun.name(), arguments.toString());
      if (made.isWhole()) {
        InternalStreamingChatResponseHandlerUtils.onCompleteToolCall(
            handler, new CompleteToolCall(begun.index(), Answers.call(made)));
      }
    });
    call = Optional.empty();
    arguments.setLength(0);
    untold.setLength(0);
  }
}
