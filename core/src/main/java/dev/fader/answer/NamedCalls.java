package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Calls as a name, and arguments as a JSON object after it, with tags between: Mistral, DeepSeek,
/// Kimi, Functionary.
///
/// @param style how the name is written
/// @param tags of the family
record NamedCalls(Style style, Tags tags) implements CallSyntax {
  /// How the name of a tool is written.
  enum Style {
    /// `name`, a tag and arguments; or a JSON list of calls.
    MISTRAL,
    /// `name`, a tag, an id, a tag and arguments.
    MISTRAL_WITH_ID,
    /// A JSON list of calls, which MISTRAL reads, too.
    MISTRAL_LIST,
    /// `function`, a tag, and the name on a line of its own, with the arguments in a fence.
    DEEPSEEK,
    /// The name and a tag: DeepSeek, Functionary.
    NAME,
    /// `functions.name:0` and a tag; it is the id of the call, too.
    KIMI
  }

  boolean isMistral() {
    return switch (style) {
      case MISTRAL, MISTRAL_WITH_ID, MISTRAL_LIST -> true;
      case DEEPSEEK, NAME, KIMI -> false;
    };
  }

  /// What stands around calls.
  ///
  /// @param section what several calls begin with, if anything
  /// @param call what each begins with
  /// @param within what may stand between name and arguments; the last one stands before arguments
  /// @param callEnd what each ends with, if anything
  /// @param sectionEnd what several end with, if anything
  record Tags(
      Optional<Tag> section,
      Tag call,
      List<Tag> within,
      Optional<Tag> callEnd,
      Optional<Tag> sectionEnd) {}

  @Override
  public List<Tag> openings() {
    var all = new ArrayList<Tag>();
    tags.section.ifPresent(all::add);
    all.add(tags.call);
    return all;
  }

  List<Tag> closings() {
    var all = new ArrayList<Tag>();
    tags.callEnd.ifPresent(all::add);
    tags.sectionEnd.ifPresent(all::add);
    return all;
  }

  @Override
  public Section open(Tag opening, Reading reading) {
    var after = new AfterCall(reading, closings(), style == Style.DEEPSEEK ? "`" : "");
    boolean section = tags.section.filter(opening::equals).isPresent();
    return section
        ? new BetweenCalls(reading, opening.text(), this)
        : new NameSection(reading, opening.text(), this, after);
  }

  @Override
  public String begin() {
    if (style == Style.MISTRAL_LIST) {
      return "\"[\"";
    }
    return tags.section.isPresent() ? AnswerGrammar.tag(tags.call) : AnswerGrammar.NOTHING;
  }

  @Override
  public String call(DeclaredTool tool, AnswerGrammar grammar) {
    var before = AnswerGrammar.tag(tags.within.getLast());
    if (style == Style.MISTRAL_LIST) {
      return "%s %s \"}\""
          .formatted(
              AnswerGrammar.literal("{\"name\": \"" + tool.name() + "\", \"arguments\": "),
              grammar.arguments(tool));
    }
    var name =
        switch (style) {
          case MISTRAL, NAME -> AnswerGrammar.literal(tool.name()) + " " + before;
          case MISTRAL_WITH_ID ->
              "%s %s [A-Za-z0-9]{9} %s"
                  .formatted(
                      AnswerGrammar.literal(tool.name()),
                      AnswerGrammar.tag(tags.within.getFirst()),
                      before);
          case MISTRAL_LIST -> throw new IllegalStateException("lists have no names before");
          case DEEPSEEK ->
              "\"function\" " + before + " " + AnswerGrammar.literal(tool.name() + "\n```json\n");
          case KIMI ->
              "%s [0-9]{1,3} %s"
                  .formatted(AnswerGrammar.literal("functions." + tool.name() + ":"), before);
        };
    var fence = style == Style.DEEPSEEK ? " " + AnswerGrammar.literal("\n```") : "";
    var end = tags.callEnd.map(tag -> " " + AnswerGrammar.tag(tag)).orElse("");
    return name + " " + grammar.arguments(tool) + fence + end;
  }

  @Override
  public String between() {
    if (style == Style.MISTRAL_LIST) {
      return "\", \"";
    }
    var line = style == Style.DEEPSEEK ? AnswerGrammar.literal("\n") + " " : "";
    return line + AnswerGrammar.tag(tags.call);
  }

  @Override
  public String end() {
    if (style == Style.MISTRAL_LIST) {
      return "\"]\"";
    }
    return tags.sectionEnd.map(AnswerGrammar::tag).orElse(AnswerGrammar.NOTHING);
  }

  /// The name that the parts of a header say, or nothing if they are none.
  Optional<String> name(List<String> parts) {
    var first = parts.getFirst().strip();
    return switch (style) {
      case MISTRAL, MISTRAL_WITH_ID, MISTRAL_LIST -> valid(first);
      case DEEPSEEK, NAME -> {
        var last = parts.getLast().strip();
        int line = last.indexOf('\n');
        var second = (line < 0 ? last : last.substring(0, line)).replace("```json", "").strip();
        yield valid(parts.size() > 1 && !second.isEmpty() ? second : first);
      }
      case KIMI -> {
        var name = first.startsWith("functions.") ? first.substring(10) : first;
        int colon = name.lastIndexOf(':');
        yield valid(colon < 0 ? name : name.substring(0, colon));
      }
    };
  }

  /// The id that the parts of a header say, if they say one.
  Optional<String> id(List<String> parts) {
    return switch (style) {
      case MISTRAL, MISTRAL_WITH_ID, MISTRAL_LIST ->
          parts.size() > 2 && !parts.get(1).isBlank()
              ? Optional.of(parts.get(1).strip())
              : Optional.empty();
      case KIMI -> {
        var first = parts.getFirst().strip();
        yield first.contains(":") ? Optional.of(first) : Optional.empty();
      }
      case DEEPSEEK, NAME -> Optional.empty();
    };
  }

  private static Optional<String> valid(String name) {
    return DeclaredTools.isName(name) ? Optional.of(name) : Optional.empty();
  }
}
