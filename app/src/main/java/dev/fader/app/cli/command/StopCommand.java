package dev.fader.app.cli.command;

import dev.fader.app.cli.option.RunningServer;
import dev.fader.app.cli.option.ServerFile;
import dev.fader.app.view.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader stop`: a server that is running, or models of it.
@Command(
    name = "stop",
    description = "Ends a running server in order, or closes models of it.",
    footer = {"", "A server with keys wants one in FADER_API_KEY to close models."})
public final class StopCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      arity = "0..*",
      description = "Models to close; without one the server itself ends.")
  private List<String> models = new ArrayList<>();

  @Mixin private RunningServer server;

  StopCommand() {}

  @Override
  public Integer call() throws IOException {
    var err = spec.commandLine().getErr();
    for (var model : models) {
      server.post("/models/unload", Json.text(Json.object("model", model)));
      err.println(model + " is closed");
    }
    if (models.isEmpty()) {
      var process =
          ServerFile.find(server.port())
              .map(ServerFile.Noted::process)
              .orElseThrow(() ->
                  new IOException(
                      "there is no server at port %d that you started: give --port"
                          .formatted(server.port())));
      if (!process.destroy()) {
        throw new IOException("the server at port %d does not end".formatted(server.port()));
      }
      process.onExit().join();
      err.println("the server at port %d has ended".formatted(server.port()));
    }
    return 0;
  }
}
