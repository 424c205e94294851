package dev.fader.answer;

import java.util.List;
import java.util.Optional;

/// Calls as JSON objects between tags, or lists of them.
///
/// @param open what a call begins with
/// @param close what it ends with, if anything
record JsonCalls(Tag open, Optional<Tag> close) implements CallSyntax {
  @Override
  public List<Tag> openings() {
    return List.of(open);
  }

  @Override
  public Section open(Tag opening, Reading reading) {
    var after = new AfterCall(reading, close.stream().toList(), "");
    return new CallListSection(reading, opening.text(), after);
  }

  @Override
  public String call(DeclaredTool tool, AnswerGrammar grammar) {
    var name = AnswerGrammar.literal("\n{\"name\": \"" + tool.name() + "\", \"arguments\": ");
    var end =
        AnswerGrammar.literal("}\n") + close.map(tag -> " " + AnswerGrammar.tag(tag)).orElse("");
    return name + " " + grammar.arguments(tool) + " " + end;
  }

  @Override
  public String between() {
    return AnswerGrammar.literal("\n") + " " + AnswerGrammar.tag(open);
  }
}
