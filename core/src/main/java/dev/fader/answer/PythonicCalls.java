package dev.fader.answer;

import java.util.List;
import java.util.Optional;

/// Calls as a list in Python: `[name(key="value")]`, between tags or in the content.
///
/// @param open what the list begins with, if a tag does
record PythonicCalls(Optional<Tag> open, Optional<Tag> close) implements CallSyntax {
  @Override
  public List<Tag> openings() {
    return open.stream().toList();
  }

  @Override
  public Section open(Tag opening, Reading reading) {
    return new PythonicSection(reading, opening.text(), after(reading), false);
  }

  private AfterCall after(Reading reading) {
    return new AfterCall(reading, close.stream().toList(), "");
  }

  @Override
  public char bareLetter() {
    return open.isPresent() ? 0 : '[';
  }

  @Override
  public Section bare(Reading reading) {
    return new PythonicSection(reading, "", after(reading), true);
  }

  @Override
  public String begin() {
    return "\"[\"";
  }

  @Override
  public String call(DeclaredTool tool, AnswerGrammar grammar) {
    var parameters = ToolParameter.of(tool);
    // One place after another: what may stand there, given that something stood before or not.
    var first = grammar.rule(AnswerGrammar.NOTHING);
    var later = first;
    for (int i = parameters.size() - 1; i >= 0; i--) {
      var each = parameters.get(i);
      var pair = grammar.rule(AnswerGrammar.literal(each.name() + "=") + " " + each.json(grammar));
      var skipFirst = each.required() ? "" : " | " + first;
      var skipLater = each.required() ? "" : " | " + later;
      first = grammar.rule(pair + " " + later + skipFirst);
      later = grammar.rule("\", \" " + pair + " " + later + skipLater);
    }
    return AnswerGrammar.literal(tool.name() + "(") + " " + first + " \")\"";
  }

  @Override
  public String between() {
    return "\", \"";
  }

  @Override
  public String end() {
    return "\"]\"" + close.map(tag -> " " + AnswerGrammar.tag(tag)).orElse("");
  }
}
