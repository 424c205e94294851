package dev.fader.app.cli.command;

import dev.fader.app.cli.option.RunningServer;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `fader ps`: the models of a server that is running.
@Command(
    name = "ps",
    description = "Lists the models of a running server, and what state they are in.",
    footer = {"", "A server with keys wants one in FADER_API_KEY."})
public final class PsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private RunningServer server;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  PsCommand() {}

  @Override
  public Integer call() throws IOException {
    var models = server.get("/v1/models");
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(models);
      return 0;
    }
    int width = "MODEL".length();
    for (var model : models.path("data")) {
      width = Math.max(width, id(model).length());
    }
    out.printf("%-" + width + "s  %-9s  %s%n", "MODEL", "STATUS", "CONTEXT");
    for (var model : models.path("data")) {
      var context = model.path("meta").path("n_ctx").asString("");
      var line = "%-" + width + "s  %-9s  %s";
      out.println(
          line.formatted(
                  id(model),
                  model.path("status").path("value").asString("").replace('\n', ' '),
                  context)
              .stripTrailing());
    }
    return 0;
  }

  private static String id(JsonNode model) {
    return model.path("id").asString("?").replaceAll("\\p{Cntrl}", "?");
  }
}
