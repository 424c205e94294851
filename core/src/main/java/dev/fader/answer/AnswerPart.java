package dev.fader.answer;

/// The next piece of an answer.
public sealed interface AnswerPart {
  /// Text for the user.
  record Content(String text) implements AnswerPart {}

  /// Text of a thought.
  record Reasoning(String text) implements AnswerPart {}

  /// A call of a tool begins.
  ///
  /// @param index of the call, from 0
  record CallBegun(int index, String id, String name) implements AnswerPart {}

  /// The arguments of a call go on.
  ///
  /// @param json the next characters of their JSON text
  record CallArguments(int index, String json) implements AnswerPart {}
}
