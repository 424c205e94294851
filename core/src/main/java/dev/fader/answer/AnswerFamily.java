package dev.fader.answer;

/// How chat models write calls of tools, by what their templates say of it.
public enum AnswerFamily {
  /// Not at all.
  PLAIN,
  /// `<tool_call>{"name": ..., "arguments": ...}</tool_call>`: Hermes, Qwen 2.5 and 3.
  HERMES,
  /// `{"name": ..., "parameters": ...}`: Llama 3.
  LLAMA3,
  /// Messages on channels: gpt-oss.
  HARMONY;

  /// The family of a template.
  static AnswerFamily of(String template) {
    if (template.contains("<|channel|>") && template.contains("<|message|>")) {
      return HARMONY;
    }
    if (template.contains("<tool_call>")) {
      return HERMES;
    }
    if (template.contains("<|python_tag|>")
        || (template.contains("ipython") && template.contains("\"parameters\""))) {
      return LLAMA3;
    }
    return PLAIN;
  }

  /// Whether arguments are written as JSON objects.
  boolean writesJson() {
    return switch (this) {
      case PLAIN, HERMES, LLAMA3, HARMONY -> true;
    };
  }
}
