package dev.fader.app.cli.option;

import dev.fader.generate.ChatTemplate;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What a chat template is told besides the conversation.
public final class TemplateOptions {
  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description =
          "A variable of the chat template, such as enable_thinking=false or bos_token=<s>; JSON"
              + " or text; may be repeated.")
  private Map<String, String> variables = new LinkedHashMap<>();

  @Option(
      names = "--template-name",
      paramLabel = "NAME",
      description =
          "Which of several chat templates of the model; the one called tool_use where there are"
              + " tools, else default, otherwise.")
  private @Nullable String name;

  TemplateOptions() {}

  public ChatTemplate applyTo(ChatTemplate template) {
    var chosen = name == null ? template : template.named(name);
    return chosen.with(variables);
  }
}
