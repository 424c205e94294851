package dev.fader.answer;

import java.util.List;

/// How chat models write calls of tools, by what their templates say of it.
public enum AnswerFamily {
  /// Not at all.
  PLAIN,
  /// `<tool_call>{"name": ..., "arguments": ...}</tool_call>`: Hermes, Qwen 2.5 and 3.
  HERMES,
  /// A tag, and a list of such objects: Granite, Phi 4, Nemotron.
  JSON_LIST,
  /// `{"name": ..., "parameters": ...}`: Llama 3.
  LLAMA3,
  /// `[TOOL_CALLS]`, and a list of objects, or names with arguments.
  MISTRAL,
  /// `<function=name><parameter=key>value</parameter></function>`: Qwen3-Coder.
  QWEN3_CODER,
  /// Special tokens around a name and JSON in a fence: DeepSeek V3 and R1.
  DEEPSEEK_V3,
  /// The same without a fence: DeepSeek V3.1.
  DEEPSEEK_V31,
  /// `<｜DSML｜invoke name="...">`: DeepSeek V3.2.
  DEEPSEEK_V32,
  /// Messages on channels: gpt-oss.
  HARMONY,
  /// `<start_function_call>call:name{key:value}<end_function_call>`.
  FUNCTION_GEMMA,
  /// `<|tool_call>call:name{key:value}<tool_call|>`.
  GEMMA4,
  /// `<|tool_call_start|>[name(key="value")]<|tool_call_end|>`.
  LFM2,
  /// `[name(key="value")]`: Llama 4 and others.
  PYTHONIC,
  /// Special tokens around `functions.name:0` and JSON.
  KIMI_K2,
  /// `<tool_call>name<arg_key>key</arg_key><arg_value>value</arg_value></tool_call>`.
  GLM4,
  /// `<minimax:tool_call><invoke name="..."><parameter name="...">`.
  MINIMAX_M2,
  /// GLM's calls with tags of another name: LongCat.
  LONGCAT,
  /// `<|START_ACTION|>[{"tool_name": ..., "parameters": ...}]<|END_ACTION|>`: Command R7B and A.
  COMMAND_R7B,
  /// `<function=name>{...}</function>`: Functionary 3.1.
  FUNCTION_TAGS,
  /// `>>>name` on a line and arguments, `>>>all` on a line and content: Functionary 3.2.
  RECIPIENTS;

  /// Tags that lists of calls begin with.
  static final List<String> LISTS =
      List.of("<|tool_call|>", "<TOOLCALL>", "<tool_calls>", "functools");

  /// The family of a template.
  static AnswerFamily of(String template) {
    if (has(template, "<|channel|>", "<|message|>")) {
      return HARMONY;
    }
    if (has(template, "<start_function_call>")) {
      return FUNCTION_GEMMA;
    }
    if (has(template, "<|tool_call>", "<tool_call|>")) {
      return GEMMA4;
    }
    if (has(template, "[TOOL_CALLS]")) {
      return MISTRAL;
    }
    if (has(template, "DSML")) {
      return DEEPSEEK_V32;
    }
    if (has(template, "<｜tool▁call▁begin｜>")) {
      return has(template, "```json") ? DEEPSEEK_V3 : DEEPSEEK_V31;
    }
    if (has(template, "<|tool_call_begin|>")) {
      return KIMI_K2;
    }
    if (has(template, "<minimax:tool_call>")) {
      return MINIMAX_M2;
    }
    if (has(template, "<arg_key>")) {
      return GLM4;
    }
    if (has(template, "<longcat_arg_key>")) {
      return LONGCAT;
    }
    if (has(template, "<function=", "<parameter=")) {
      return QWEN3_CODER;
    }
    if (has(template, "<|START_ACTION|>")) {
      return COMMAND_R7B;
    }
    if (has(template, ">>>all\\n")) {
      return RECIPIENTS;
    }
    if (has(template, "<function=", "</function>")) {
      return FUNCTION_TAGS;
    }
    if (has(template, "<|tool_call_start|>") || has(template, "<|tool_list_start|>")) {
      return LFM2;
    }
    if (LISTS.stream().anyMatch(tag -> has(template, tag))) {
      return JSON_LIST;
    }
    if (has(template, "<tool_call>")) {
      return HERMES;
    }
    if (has(template, "[func_name1(")) {
      return PYTHONIC;
    }
    boolean llama = has(template, "ipython", "\"parameters\"") || has(template, "<|python_tag|>");
    return llama ? LLAMA3 : PLAIN;
  }

  private static boolean has(String template, String... texts) {
    for (var text : texts) {
      if (!template.contains(text)) {
        return false;
      }
    }
    return true;
  }

  /// Whether templates of the family may take arguments as JSON text.
  boolean writesJson() {
    return switch (this) {
      case PLAIN,
          HERMES,
          JSON_LIST,
          LLAMA3,
          MISTRAL,
          DEEPSEEK_V3,
          DEEPSEEK_V31,
          HARMONY,
          KIMI_K2,
          FUNCTION_TAGS,
          RECIPIENTS ->
          true;
      case QWEN3_CODER,
          DEEPSEEK_V32,
          FUNCTION_GEMMA,
          GEMMA4,
          LFM2,
          PYTHONIC,
          GLM4,
          MINIMAX_M2,
          LONGCAT,
          COMMAND_R7B ->
          false;
    };
  }
}
