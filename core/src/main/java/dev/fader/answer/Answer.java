package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;

/// What a model has answered.
///
/// @param content for the user, may be empty
/// @param reasoning the thought before it, may be empty
public record Answer(String content, String reasoning, List<ToolCall> calls) {
  public Answer {
    calls = List.copyOf(calls);
  }

  /// The calls that can be done: not one that was cut off, or is no JSON.
  public List<ToolCall> wholeCalls() {
    return calls.stream().filter(ToolCall::isWhole).toList();
  }

  /// The answer of all these parts.
  public static Answer of(List<AnswerPart> parts) {
    var content = new StringBuilder();
    var reasoning = new StringBuilder();
    var begun = new ArrayList<AnswerPart.CallBegun>();
    var arguments = new ArrayList<StringBuilder>();
    for (var part : parts) {
      switch (part) {
        case AnswerPart.Content(var text) -> content.append(text);
        case AnswerPart.Reasoning(var text) -> reasoning.append(text);
        case AnswerPart.CallBegun call -> {
          begun.add(call);
          arguments.add(new StringBuilder());
        }
        case AnswerPart.CallArguments(var index, var json) -> arguments.get(index).append(json);
      }
    }
    var calls = new ArrayList<ToolCall>();
    for (int i = 0; i < begun.size(); i++) {
      var call = begun.get(i);
      calls.add(new ToolCall(call.id(), call.name(), arguments.get(i).toString()));
    }
    return new Answer(content.toString(), reasoning.toString(), calls);
  }
}
