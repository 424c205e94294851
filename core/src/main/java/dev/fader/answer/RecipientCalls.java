package dev.fader.answer;

import java.util.List;
import java.util.Optional;

/// Messages to recipients, each with its name on the first line: `all` for content, or a tool, with
/// its arguments after it. The prompt has written the tag of the first one.
///
/// @param open what each begins with
record RecipientCalls(Tag open) implements CallSyntax {
  /// The recipient of content.
  static final String ALL = "all";

  @Override
  public List<Tag> openings() {
    return List.of(open);
  }

  @Override
  public Section open(Tag opening, Reading reading) {
    return new RecipientSection(reading, opening.text());
  }

  @Override
  public Optional<Section> begun(Reading reading) {
    return Optional.of(new RecipientSection(reading, ""));
  }

  @Override
  public boolean isOpened() {
    return true;
  }

  @Override
  public Optional<String> beforeContent() {
    return Optional.of(AnswerGrammar.literal(ALL + "\n"));
  }

  @Override
  public String call(DeclaredTool tool, AnswerGrammar grammar) {
    return AnswerGrammar.literal(tool.name() + "\n") + " " + grammar.arguments(tool);
  }

  @Override
  public String between() {
    return AnswerGrammar.tag(open);
  }
}
