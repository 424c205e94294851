package dev.fader.app.cli;

import dev.fader.generate.ChatTemplate;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/// What a chat template is told besides the conversation.
final class TemplateOptions {
  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description =
          "A variable of the chat template, such as enable_thinking=false or bos_token=<s>; JSON"
              + " or text; may be repeated.")
  private Map<String, String> variables = new LinkedHashMap<>();

  TemplateOptions() {}

  ChatTemplate applyTo(ChatTemplate template) {
    return template.with(variables);
  }
}
