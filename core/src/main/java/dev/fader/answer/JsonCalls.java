package dev.fader.answer;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Calls as JSON objects between tags, or lists of them.
///
/// @param open what a call begins with
/// @param close what it ends with, if anything
/// @param listed whether the model writes lists; they are read anyway
record JsonCalls(Tag open, Optional<Tag> close, boolean listed) implements CallSyntax {
  @Override
  public List<Tag> openings() {
    return List.of(open);
  }

  @Override
  public Section open(Tag opening, Reading reading) {
    var after = new AfterCall(reading, close.stream().toList(), "");
    return new CallListSection(reading, opening.text(), after, false);
  }

  @Override
  public Optional<String> written(List<ToolCall> calls) {
    var objects =
        calls.stream()
            .map(call ->
                "{\"name\": %s, \"arguments\": %s}"
                    .formatted(JsonStrings.quoted(call.name()), call.arguments()));
    return Optional.of(
        listed
            ? objects.collect(Collectors.joining(", ", open.text() + "[", "]"))
            : objects
                .map(each ->
                    "%s\n%s\n%s".formatted(open.text(), each, close.map(Tag::text).orElse("")))
                .collect(Collectors.joining("\n")));
  }

  @Override
  public String begin() {
    return listed ? "\"[\"" : AnswerGrammar.NOTHING;
  }

  @Override
  public String call(DeclaredTool tool, AnswerGrammar grammar) {
    var name =
        AnswerGrammar.literal(
            (listed ? "" : "\n") + "{\"name\": \"" + tool.name() + "\", \"arguments\": ");
    var end = listed ? "\"}\"" : AnswerGrammar.literal("}\n") + closing();
    return name + " " + grammar.arguments(tool) + " " + end;
  }

  private String closing() {
    return close.map(tag -> " " + AnswerGrammar.tag(tag)).orElse("");
  }

  @Override
  public String between() {
    return listed ? "\", \"" : AnswerGrammar.literal("\n") + " " + AnswerGrammar.tag(open);
  }

  /// Lists need no tag at their end, and not all models write one.
  @Override
  public String end() {
    return listed ? "\"]\"" : AnswerGrammar.NOTHING;
  }
}
