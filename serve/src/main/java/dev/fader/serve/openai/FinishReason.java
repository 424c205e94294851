package dev.fader.serve.openai;

import dev.fader.AnswerEvent;
import dev.fader.generate.Generation;

/// OpenAI's words for why a text ended.
final class FinishReason {
  static final String LENGTH = "length";
  static final String STOP = "stop";

  private FinishReason() {}

  static String of(Generation text) {
    return switch (text.stopReason()) {
      case LENGTH, CONTEXT, INTERRUPTED -> LENGTH;
      case END_TOKEN, STOP_TEXT, GRAMMAR -> STOP;
    };
  }

  /// A call that was cut off is no call: its reason stays the length.
  static String of(AnswerEvent.Ended ended) {
    var reason = of(ended.generation());
    return reason.equals(STOP) && !ended.answer().calls().isEmpty() ? "tool_calls" : reason;
  }
}
