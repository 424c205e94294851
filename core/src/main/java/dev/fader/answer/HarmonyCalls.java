package dev.fader.answer;

import java.util.List;
import java.util.Optional;

/// Calls as messages to functions: gpt-oss.
record HarmonyCalls(HarmonyTags tags) implements CallSyntax {
  private static final String ASSISTANT = "\"assistant\"";

  @Override
  public List<Tag> openings() {
    return List.of(tags.channel());
  }

  @Override
  public Section open(Tag opening, Reading reading) {
    return new HarmonyHeader(reading, tags, opening);
  }

  @Override
  public String call(DeclaredTool tool, AnswerGrammar grammar) {
    return "%s %s \"json\" %s %s"
        .formatted(
            AnswerGrammar.literal("commentary to=functions." + tool.name() + " "),
            AnswerGrammar.tag(tags.constrain()),
            AnswerGrammar.tag(tags.message()),
            grammar.arguments(tool));
  }

  /// These models write one call at a time.
  @Override
  public String between() {
    return "";
  }

  @Override
  public Optional<Section> begun(Reading reading) {
    return Optional.of(new HarmonyHeader(reading, tags));
  }

  /// The channel of content.
  @Override
  public Optional<String> beforeContent() {
    return Optional.of(
        "%s \"final\" %s"
            .formatted(AnswerGrammar.tag(tags.channel()), AnswerGrammar.tag(tags.message())));
  }

  /// A thought that may come before anything, as GBNF.
  String thought(AnswerGrammar grammar) {
    var end = tags.ends().getFirst();
    return grammar.rule(
        "(%s \"analysis\" %s %s %s %s)?"
            .formatted(
                AnswerGrammar.tag(tags.channel()),
                AnswerGrammar.tag(tags.message()),
                grammar.until(end),
                AnswerGrammar.tag(tags.start()),
                ASSISTANT));
  }
}
