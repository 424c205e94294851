package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Calls whose parameters stand between tags, one after the other: Qwen3-Coder, GLM, MiniMax,
/// DeepSeek 3.2.
///
/// @param section what calls begin with
/// @param sectionEnd what they end with
/// @param call the tags of one call
/// @param parameter the tags of one parameter
record XmlCalls(Tag section, Tag sectionEnd, CallTags call, ParameterTags parameter)
    implements CallSyntax {
  /// The tags of one call.
  ///
  /// @param name what the name of the tool begins with; nothing if it follows the section at once
  /// @param nameEnd what ends the name, if a tag does; otherwise it ends with its line
  /// @param end what ends the call; the section's end if nothing does
  /// @param lines whether the parts stand on lines of their own
  record CallTags(Optional<Tag> name, Optional<Tag> nameEnd, Optional<Tag> end, boolean lines) {}

  /// The tags of one parameter.
  ///
  /// @param key what its name begins with
  /// @param keyEnd what ends that
  /// @param value what the value begins with, if that is not the end of the name
  /// @param end what ends the value
  /// @param kind how it is known what the value is
  record ParameterTags(Tag key, Tag keyEnd, Optional<Tag> value, Tag end, Kind kind) {}

  /// How it is known what a value is, and what stands around it.
  enum Kind {
    /// By the tool's schema; a string if that does not have it.
    BY_SCHEMA,
    /// The same; it stands on lines of its own, and some models forget its end.
    ON_LINES,
    /// By the tool's schema, or else it is JSON if it looks so.
    BY_SCHEMA_OR_LOOKS,
    /// By an attribute.
    BY_ATTRIBUTE
  }

  @Override
  public List<Tag> openings() {
    var all = new ArrayList<Tag>();
    all.add(section);
    // Some models forget the section.
    call.name.ifPresent(all::add);
    return all;
  }

  /// What ends a call.
  Tag callEnd() {
    return call.end.orElse(sectionEnd);
  }

  @Override
  public Section open(Tag opening, Reading reading) {
    boolean named = call.name.isEmpty() || !opening.equals(section);
    var after = new AfterCall(reading, List.of(sectionEnd), "");
    return new XmlCallSection(
        reading, opening.text(), new XmlCallSection.Syntax(this, after), named);
  }

  @Override
  public String begin() {
    return call.name.isPresent() && call.lines ? "\"\\n\"?" : AnswerGrammar.NOTHING;
  }

  @Override
  public String call(DeclaredTool tool, AnswerGrammar grammar) {
    var line = call.lines ? AnswerGrammar.literal("\n") : AnswerGrammar.NOTHING;
    var text = new StringBuilder();
    text.append(call.name.map(AnswerGrammar::tag).orElse(AnswerGrammar.NOTHING));
    text.append(' ').append(AnswerGrammar.literal(tool.name()));
    text.append(' ').append(call.nameEnd.map(AnswerGrammar::tag).orElse(AnswerGrammar.NOTHING));
    text.append(' ').append(line);
    for (var each : ToolParameter.of(tool)) {
      text.append(" (").append(parameter(each, grammar)).append(' ').append(line);
      text.append(each.required() ? ")" : ")?");
    }
    text.append(' ').append(AnswerGrammar.tag(callEnd()));
    return text.toString();
  }

  private String parameter(ToolParameter each, AnswerGrammar grammar) {
    boolean lines = parameter.kind == Kind.ON_LINES;
    var line = lines ? AnswerGrammar.literal("\n") + " " : "";
    var key =
        AnswerGrammar.tag(parameter.key)
            + " "
            + AnswerGrammar.literal(each.name())
            + " "
            + AnswerGrammar.tag(parameter.keyEnd)
            + " "
            + parameter.value.map(tag -> "\"\\n\"? " + AnswerGrammar.tag(tag) + " ").orElse("");
    if (parameter.kind == Kind.BY_ATTRIBUTE) {
      key += AnswerGrammar.literal((each.isText() ? "true" : "false") + "\">") + " ";
    }
    if (each.isText() && each.values().isEmpty()) {
      return key + line + grammar.until(parameter.end);
    }
    var value =
        each.isText()
            ? each.values().stream()
                .map(AnswerGrammar::literal)
                .collect(Collectors.joining(" | ", "(", ")"))
            : each.json(grammar);
    return key + line + value + " " + line + AnswerGrammar.tag(parameter.end);
  }

  @Override
  public String between() {
    if (call.end.isPresent() && call.name.isPresent() && parameter.kind != Kind.ON_LINES) {
      return AnswerGrammar.literal("\n");
    }
    var line = AnswerGrammar.literal("\n");
    var end = call.end.isPresent() ? line + " " + AnswerGrammar.tag(sectionEnd) + " " : "";
    return end + line + " " + AnswerGrammar.tag(section) + " " + begin();
  }

  @Override
  public String end() {
    return call.end.isPresent()
        ? "\"\\n\"? " + AnswerGrammar.tag(sectionEnd)
        : AnswerGrammar.NOTHING;
  }
}
