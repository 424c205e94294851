package dev.fader.answer;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Calls as JSON objects in the content, as Llama 3 writes them, with or without its tag for Python
/// before them; and as any model is told to write them whose template knows no tools.
///
/// @param python the tag, if there is one
/// @param arguments what they are called
record BareJsonCalls(Optional<Tag> python, String arguments) implements CallSyntax {
  /// What models are told to write.
  static final BareJsonCalls TOLD = new BareJsonCalls(Optional.empty(), "arguments");

  /// Tells a model of tools.
  ///
  /// @param tools each as JSON
  static String told(List<String> tools) {
    return """
    You can call these tools. The parameters of each are described by a JSON Schema:
    %s

    To call one, answer with nothing but a JSON object such as {"name": "its name", "arguments": {}}\
    """
        .formatted(String.join("\n", tools));
  }

  @Override
  public List<Tag> openings() {
    return python.stream().toList();
  }

  @Override
  public Optional<String> written(List<ToolCall> calls) {
    if (python.isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        calls.stream()
            .map(call ->
                "{\"name\": %s, \"%s\": %s}"
                    .formatted(JsonStrings.quoted(call.name()), arguments, call.arguments()))
            .collect(Collectors.joining("\n")));
  }

  @Override
  public Section open(Tag opening, Reading reading) {
    return new PythonSection(reading, opening.text());
  }

  @Override
  public char bareLetter() {
    return '{';
  }

  @Override
  public Section bare(Reading reading) {
    return new EnvelopeSection(reading, "", new AfterCall(reading, List.of(), ";"), true);
  }

  @Override
  public String call(DeclaredTool tool, AnswerGrammar grammar) {
    var name = AnswerGrammar.literal("{\"name\": \"" + tool.name() + "\", \"" + arguments + "\": ");
    return name + " " + grammar.arguments(tool) + " \"}\"";
  }

  /// These models write one call at a time.
  @Override
  public String between() {
    return "";
  }
}
