package dev.fader.answer;

import dev.fader.answer.XmlCalls.CallTags;
import dev.fader.answer.XmlCalls.Kind;
import dev.fader.answer.XmlCalls.ParameterTags;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The syntax of each family.
final class CallSyntaxes {
  private final String template;
  private final Function<String, Tag> tags;

  /// @param tags finds out whether a text is a token
  CallSyntaxes(String template, Function<String, Tag> tags) {
    this.template = template;
    this.tags = tags;
  }

  private Tag tag(String text) {
    return tags.apply(text);
  }

  private Optional<Tag> some(String text) {
    return Optional.of(tag(text));
  }

  /// How a family writes calls, if it does.
  Optional<CallSyntax> of(AnswerFamily family) {
    return switch (family) {
      case PLAIN -> Optional.empty();
      case HERMES ->
          Optional.of(
              new JsonCalls(tag("<tool_call>"), some("</tool_call>"), JsonCalls.Form.OBJECTS));
      case JSON_LIST -> Optional.of(list());
      case LLAMA3 -> Optional.of(new BareJsonCalls(some("<|python_tag|>"), "parameters"));
      case MISTRAL -> Optional.of(mistral());
      case QWEN3_CODER -> Optional.of(qwen3Coder());
      case DEEPSEEK_V3 -> Optional.of(deepSeek(NamedCalls.Style.DEEPSEEK));
      case DEEPSEEK_V31 -> Optional.of(deepSeek(NamedCalls.Style.NAME));
      case DEEPSEEK_V32 -> Optional.of(deepSeekMarkup());
      case HARMONY -> Optional.of(new HarmonyCalls(HarmonyTags.of(tags)));
      case FUNCTION_GEMMA ->
          Optional.of(
              new GemmaCalls(
                  tag("<start_function_call>"), tag("<end_function_call>"), tag("<escape>")));
      case GEMMA4 ->
          Optional.of(new GemmaCalls(tag("<|tool_call>"), tag("<tool_call|>"), tag("<|\"|>")));
      case LFM2 ->
          Optional.of(new PythonicCalls(some("<|tool_call_start|>"), some("<|tool_call_end|>")));
      case PYTHONIC -> Optional.of(new PythonicCalls(Optional.empty(), Optional.empty()));
      case KIMI_K2 -> Optional.of(kimi());
      case GLM4 -> Optional.of(glm(""));
      case LONGCAT -> Optional.of(glm("longcat_"));
      case MINIMAX_M2 -> Optional.of(miniMax());
      case COMMAND_R7B ->
          Optional.of(
              new JsonCalls(
                  tag("<|START_ACTION|>"), some("<|END_ACTION|>"), JsonCalls.Form.ACTIONS));
      case FUNCTION_TAGS -> Optional.of(functionTags());
      case RECIPIENTS -> Optional.of(new RecipientCalls(tag(">>>")));
    };
  }

  private CallSyntax list() {
    var open =
        AnswerFamily.LISTS.stream().filter(template::contains).findFirst().orElse("<|tool_call|>");
    if (!open.startsWith("<")) {
      return new JsonCalls(tag(open), Optional.empty(), JsonCalls.Form.LIST);
    }
    var close = open.startsWith("<|") ? "<|/" + open.substring(2) : "</" + open.substring(1);
    return new JsonCalls(tag(open), some(close), JsonCalls.Form.LIST);
  }

  private CallSyntax mistral() {
    boolean named = template.contains("[ARGS]");
    var style =
        !named
            ? NamedCalls.Style.MISTRAL_LIST
            : template.contains("[CALL_ID]")
                ? NamedCalls.Style.MISTRAL_WITH_ID
                : NamedCalls.Style.MISTRAL;
    return new NamedCalls(
        style,
        new NamedCalls.Tags(
            Optional.empty(),
            tag("[TOOL_CALLS]"),
            List.of(tag("[CALL_ID]"), tag("[ARGS]")),
            Optional.empty(),
            Optional.empty()));
  }

  private CallSyntax deepSeek(NamedCalls.Style style) {
    return new NamedCalls(
        style,
        new NamedCalls.Tags(
            some("<｜tool▁calls▁begin｜>"),
            tag("<｜tool▁call▁begin｜>"),
            List.of(tag("<｜tool▁sep｜>")),
            some("<｜tool▁call▁end｜>"),
            some("<｜tool▁calls▁end｜>")));
  }

  private CallSyntax kimi() {
    return new NamedCalls(
        NamedCalls.Style.KIMI,
        new NamedCalls.Tags(
            some("<|tool_calls_section_begin|>"),
            tag("<|tool_call_begin|>"),
            List.of(tag("<|tool_call_argument_begin|>")),
            some("<|tool_call_end|>"),
            some("<|tool_calls_section_end|>")));
  }

  private CallSyntax qwen3Coder() {
    boolean seed = template.contains("<seed:tool_call>");
    var section = seed ? "seed:tool_call>" : "tool_call>";
    return new XmlCalls(
        tag("<" + section),
        tag("</" + section),
        new CallTags(some("<function="), some(">"), some("</function>"), true),
        new ParameterTags(
            tag("<parameter="),
            tag(">"),
            Optional.empty(),
            tag("</parameter>"),
            seed ? Kind.BY_SCHEMA : Kind.ON_LINES));
  }

  /// @param prefix of the tags' names
  private CallSyntax glm(String prefix) {
    return new XmlCalls(
        tag("<" + prefix + "tool_call>"),
        tag("</" + prefix + "tool_call>"),
        new CallTags(Optional.empty(), Optional.empty(), Optional.empty(), true),
        new ParameterTags(
            tag("<" + prefix + "arg_key>"),
            tag("</" + prefix + "arg_key>"),
            some("<" + prefix + "arg_value>"),
            tag("</" + prefix + "arg_value>"),
            Kind.BY_SCHEMA_OR_LOOKS));
  }

  private CallSyntax functionTags() {
    return new NamedCalls(
        NamedCalls.Style.NAME,
        new NamedCalls.Tags(
            Optional.empty(),
            tag("<function="),
            List.of(tag(">")),
            some("</function>"),
            Optional.empty()));
  }

  private CallSyntax miniMax() {
    return new XmlCalls(
        tag("<minimax:tool_call>"),
        tag("</minimax:tool_call>"),
        new CallTags(some("<invoke name=\""), some("\">"), some("</invoke>"), true),
        new ParameterTags(
            tag("<parameter name=\""),
            tag("\">"),
            Optional.empty(),
            tag("</parameter>"),
            Kind.BY_SCHEMA));
  }

  private CallSyntax deepSeekMarkup() {
    return new XmlCalls(
        tag("<｜DSML｜function_calls>"),
        tag("</｜DSML｜function_calls>"),
        new CallTags(some("<｜DSML｜invoke name=\""), some("\">"), some("</｜DSML｜invoke>"), true),
        new ParameterTags(
            tag("<｜DSML｜parameter name=\""),
            tag("\" string=\""),
            Optional.empty(),
            tag("</｜DSML｜parameter>"),
            Kind.BY_ATTRIBUTE));
  }

  /// What thoughts stand between, if there are any.
  Optional<ThoughtTags> thought(AnswerFamily family) {
    if (family == AnswerFamily.HARMONY) {
      return Optional.empty(); // they are messages
    }
    if (family == AnswerFamily.GEMMA4 && template.contains("<|channel>")) {
      return Optional.of(new ThoughtTags(tag("<|channel>"), tag("<channel|>"), "thought", true));
    }
    // Where calls begin with special tokens, these end thoughts that were not ended.
    boolean ends =
        switch (family) {
          case KIMI_K2, DEEPSEEK_V3, DEEPSEEK_V31, MISTRAL -> true;
          default -> false;
        };
    if (family == AnswerFamily.COMMAND_R7B) {
      return Optional.of(
          new ThoughtTags(tag("<|START_THINKING|>"), tag("<|END_THINKING|>"), "", false));
    }
    for (var name : List.of("<think>", "[THINK]", "<seed:think>", "<longcat_think>")) {
      var close = name.charAt(0) + "/" + name.substring(1);
      if (template.contains(close) || template.contains(name)) {
        return Optional.of(new ThoughtTags(tag(name), tag(close), "", ends));
      }
    }
    return Optional.empty();
  }

  /// Tags around content, which are not told.
  List<Tag> frames(AnswerFamily family) {
    return switch (family) {
      case COMMAND_R7B -> List.of(tag("<|START_RESPONSE|>"), tag("<|END_RESPONSE|>"));
      case JSON_LIST ->
          template.contains("<answer>") ? List.of(tag("<answer>"), tag("</answer>")) : List.of();
      default -> List.of();
    };
  }

  /// The tokens that end an answer of a family, beside those that end any.
  static List<String> ends(AnswerFamily family) {
    return switch (family) {
      case HARMONY -> List.of("<|call|>", "<|return|>");
      case GLM4 -> List.of("<|user|>", "<|observation|>", "<|endoftext|>");
      case MINIMAX_M2 -> List.of("[e~[");
      case FUNCTION_GEMMA -> List.of("<end_of_turn>", "<start_function_response>");
      case GEMMA4 -> List.of("<turn|>", "<|tool_response>");
      case PYTHONIC -> List.of("<|eot|>", "<|eom|>");
      case LFM2, KIMI_K2 -> List.of("<|im_end|>");
      case COMMAND_R7B -> List.of("<|END_OF_TURN_TOKEN|>");
      case FUNCTION_TAGS, RECIPIENTS -> List.of("<|eot_id|>", "<|eom_id|>");
      case LONGCAT -> List.of("</longcat_s>");
      default -> List.of();
    };
  }
}
