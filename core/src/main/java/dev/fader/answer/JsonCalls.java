package dev.fader.answer;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Calls as JSON objects between tags, or lists of them.
///
/// @param open what a call begins with
/// @param close what it ends with, if anything
/// @param form what the model writes; lists are read anyway
record JsonCalls(Tag open, Optional<Tag> close, Form form) implements CallSyntax {
  /// What stands between the tags.
  enum Form {
    /// One object.
    OBJECTS,
    /// A list of objects.
    LIST,
    /// A list of objects that have a number, a `tool_name` and `parameters`: Cohere.
    ACTIONS
  }

  private boolean listed() {
    return form != Form.OBJECTS;
  }

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
    if (form == Form.ACTIONS) {
      return Optional.empty(); // of no use without the numbers of their results
    }
    var objects =
        calls.stream()
            .map(call ->
                "{\"name\": %s, \"arguments\": %s}"
                    .formatted(JsonStrings.quoted(call.name()), call.arguments()));
    return Optional.of(
        listed()
            ? objects.collect(Collectors.joining(", ", open.text() + "[", "]"))
            : objects
                .map(each ->
                    "%s\n%s\n%s".formatted(open.text(), each, close.map(Tag::text).orElse("")))
                .collect(Collectors.joining("\n")));
  }

  @Override
  public String begin() {
    return listed() ? "\"[\"" : AnswerGrammar.NOTHING;
  }

  @Override
  public String call(DeclaredTool tool, AnswerGrammar grammar) {
    if (form == Form.ACTIONS) {
      return "%s [0-9]{1,2} %s %s \"}\""
          .formatted(
              AnswerGrammar.literal("{\"tool_call_id\": \""),
              AnswerGrammar.literal("\", \"tool_name\": \"" + tool.name() + "\", \"parameters\": "),
              grammar.arguments(tool));
    }
    var name =
        AnswerGrammar.literal(
            (listed() ? "" : "\n") + "{\"name\": \"" + tool.name() + "\", \"arguments\": ");
    var end = listed() ? "\"}\"" : AnswerGrammar.literal("}\n") + closing();
    return name + " " + grammar.arguments(tool) + " " + end;
  }

  private String closing() {
    return close.map(tag -> " " + AnswerGrammar.tag(tag)).orElse("");
  }

  @Override
  public String between() {
    return listed() ? "\", \"" : AnswerGrammar.literal("\n") + " " + AnswerGrammar.tag(open);
  }

  /// Lists need no tag at their end, and not all models write one.
  @Override
  public String end() {
    return switch (form) {
      case OBJECTS -> AnswerGrammar.NOTHING;
      case LIST -> "\"]\"";
      case ACTIONS -> "\"]\"" + closing();
    };
  }
}
