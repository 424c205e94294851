package dev.fader.answer;

import java.util.List;

/// Calls as JSON objects in the content, as Llama 3 writes them, with or without its tag for Python
/// before them.
///
/// @param python the tag
record BareJsonCalls(Tag python) implements CallSyntax {
  @Override
  public List<Tag> openings() {
    return List.of(python);
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
    var name = AnswerGrammar.literal("{\"name\": \"" + tool.name() + "\", \"parameters\": ");
    return name + " " + grammar.arguments(tool) + " \"}\"";
  }

  /// These models write one call at a time.
  @Override
  public String between() {
    return "";
  }
}
