package dev.fader.app.cli.command;

import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.TemplateOptions;
import dev.fader.app.view.Json;
import dev.fader.format.GgufFile;
import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Conversation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader render`: a conversation as a model sees it.
@Command(
    name = "render",
    description =
        "Prints a conversation as the model's chat template writes it, to the byte: no line end is"
            + " added.")
public final class RenderCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL|TEMPLATE.jinja",
      description = "A model as run takes it, or a template.")
  private Path path = Path.of("");

  @Option(
      names = "--messages",
      paramLabel = "FILE.json",
      required = true,
      description = "A list of messages, or an object with messages and tools.")
  private Path messages = Path.of("");

  @Option(names = "--tools", paramLabel = "FILE.json", description = "A list of tools.")
  private @Nullable Path tools;

  @Option(
      names = "--no-generation-prompt",
      description = "Nothing after the last message for the model to go on from.")
  private boolean noGenerationPrompt;

  @Option(
      names = "--now",
      paramLabel = "TIME",
      description = "The current time for the template, such as 2026-01-02T03:04:05.")
  private @Nullable LocalDateTime now;

  @Option(
      names = "--json",
      description = "One JSON object with the prompt on standard output and nothing else.")
  private boolean json;

  @Mixin private TemplateOptions options;

  RenderCommand() {}

  @Override
  public Integer call() throws IOException {
    var template = options.applyTo(template());
    var conversation = Conversation.read(messages).withGenerationPrompt(!noGenerationPrompt);
    if (tools != null) {
      conversation = conversation.withTools(Conversation.readTools(tools));
    }
    var time = now == null ? LocalDateTime.now(ZoneId.systemDefault()) : now;
    var prompt = template.render(conversation, time).text();
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.text(Json.object("prompt", prompt)));
    } else {
      out.print(prompt);
    }
    return 0;
  }

  private ChatTemplate template() throws IOException {
    var path = ModelArgument.resolve(this.path);
    if (!Files.isDirectory(path) && !GgufFile.isGguf(path)) {
      return ChatTemplate.read(path);
    }
    return ChatTemplate.of(path)
        .orElseThrow(() ->
            new IOException(
                path + " has no chat template: name a .jinja file, or use 'fader generate'"));
  }
}
