package dev.fader.answer;

import java.util.List;
import java.util.stream.Collectors;

/// Calls as Gemma writes them: `call:name{key:value}`, with a tag in place of quotation marks.
record GemmaCalls(Tag open, Tag close, Tag quote) implements CallSyntax {
  @Override
  public List<Tag> openings() {
    return List.of(open);
  }

  @Override
  public Section open(Tag opening, Reading reading) {
    return new GemmaSection(reading, opening.text(), this);
  }

  @Override
  public String call(DeclaredTool tool, AnswerGrammar grammar) {
    var text = new StringBuilder(AnswerGrammar.literal("call:" + tool.name() + "{"));
    var parameters = ToolParameter.of(tool);
    // One place after another: what may stand there, given that something stood before or not.
    var first = grammar.rule(AnswerGrammar.NOTHING);
    var later = first;
    for (int i = parameters.size() - 1; i >= 0; i--) {
      var each = parameters.get(i);
      var pair =
          grammar.rule(AnswerGrammar.literal(each.name() + ":") + " " + value(each, grammar));
      var skipFirst = each.required() ? "" : " | " + first;
      var skipLater = each.required() ? "" : " | " + later;
      first = grammar.rule(pair + " " + later + skipFirst);
      later = grammar.rule("\",\" " + pair + " " + later + skipLater);
    }
    text.append(' ').append(first).append(" \"}\" ").append(AnswerGrammar.tag(close));
    return text.toString();
  }

  private String value(ToolParameter each, AnswerGrammar grammar) {
    if (!each.isText()) {
      return each.json(grammar);
    }
    var open = AnswerGrammar.tag(quote) + " ";
    return each.values().isEmpty()
        ? open + grammar.until(quote)
        : each.values().stream()
            .map(value -> open + AnswerGrammar.literal(value) + " " + AnswerGrammar.tag(quote))
            .collect(Collectors.joining(" | ", "(", ")"));
  }

  @Override
  public String between() {
    return AnswerGrammar.tag(open);
  }
}
