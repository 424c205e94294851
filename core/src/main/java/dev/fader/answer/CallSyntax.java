package dev.fader.answer;

import java.util.List;
import java.util.Optional;

/// How a family of models writes calls of tools: `opening begin call (between call)* end`.
interface CallSyntax {
  /// The tags that calls may begin with.
  List<Tag> openings();

  /// The section that reads what follows one of [#openings].
  Section open(Tag opening, Reading reading);

  /// The letter with which a call may begin anywhere in the content; 0 if none does.
  default char bareLetter() {
    return 0;
  }

  /// The section that reads what may be a call from its first letter on.
  default Section bare(Reading reading) {
    throw new IllegalStateException("calls have tags here");
  }

  /// The section of an answer's beginning, where the prompt has written a part of what stands
  /// before content and calls.
  ///
  /// @param reading which may be of an answer without calls
  default Optional<Section> begun(Reading reading) {
    return Optional.empty();
  }

  /// What stands before content, as GBNF, if anything does: then one answer is either content or
  /// calls.
  default Optional<String> beforeContent() {
    return Optional.empty();
  }

  /// Calls as the model writes them, for templates that leave them out; nothing if they must not be
  /// put into a content.
  default Optional<String> written(List<ToolCall> calls) {
    return Optional.empty();
  }

  /// Whether the prompt has written the first of [#openings] already.
  default boolean isOpened() {
    return false;
  }

  /// What is written before the first call, after the first of [#openings], as GBNF.
  default String begin() {
    return AnswerGrammar.NOTHING;
  }

  /// One call of a tool, as GBNF.
  String call(DeclaredTool tool, AnswerGrammar grammar);

  /// What is written between two calls, as GBNF; empty if only one is written.
  String between();

  /// What is written after the last call, as GBNF.
  default String end() {
    return AnswerGrammar.NOTHING;
  }
}
