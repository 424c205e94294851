package dev.fader.answer;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Checks what a request may set in a chat template.
final class TemplateVariables {
  /// What the template gets from elsewhere, and what its language has.
  private static final Set<String> TAKEN =
      Set.of(
          "messages",
          "tools",
          "custom_tools",
          "available_tools",
          "add_generation_prompt",
          "continue_final_message",
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token",
          "loop",
          "range",
          "namespace",
          "dict",
          "raise_exception",
          "strftime_now");

  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,63}");

  /// More than any template has.
  private static final int MOST = 32;

  private static final int LONGEST = 10_000;
  private static final String FIELD = "chat_template_kwargs";

  private TemplateVariables() {}

  /// @throws AnswerRequestException if a variable must not be set, or not so
  static void check(Map<String, Object> variables) {
    if (variables.size() > MOST) {
      throw new AnswerRequestException(
          FIELD, "has %d variables, and may have %d".formatted(variables.size(), MOST));
    }
    variables.forEach((name, value) -> {
      if (!NAME.matcher(name).matches() || TAKEN.contains(name)) {
        throw new AnswerRequestException(
            FIELD, "'%s' cannot be set by a request: leave it out".formatted(name));
      }
      boolean plain =
          isPlain(value)
              || (value instanceof List<?> list
                  && list.size() <= MOST
                  && list.stream().allMatch(TemplateVariables::isPlain));
      if (!plain) {
        throw new AnswerRequestException(
            FIELD + "." + name,
            "must be true, false, a number, a text of up to %d characters, or a list of up to %d of them"
                .formatted(LONGEST, MOST));
      }
    });
  }

  private static boolean isPlain(Object value) {
    return switch (value) {
      case Boolean flag -> true;
      case Number number -> true;
      case String text -> text.length() <= LONGEST;
      default -> false;
    };
  }
}
