package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOption;
import dev.fader.app.cli.option.SessionOptions;
import dev.fader.kernel.option.EngineChoice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader studio`: the page. What needs the server's module stands in [StudioLaunch], as for
/// [ServeCommand].
@Command(
    name = "studio",
    description = {
      "Opens a page in the browser on which one sees the parameters of a model, turns them like the"
          + " faders of a mixing desk, and watches the next word change; looks inside; watches and"
          + " starts training; chats. A MODEL may be the --out of a train that is running.",
      "Nobody but this machine is served, by the same server as fader serve, whose routes are there"
          + " too. Files of models are never changed: scenes and exports are written into --folder."
    })
public final class StudioCommand implements Callable<Integer> {
  /// Beside that of `fader serve`.
  static final int PORT = 8090;

  @Spec private CommandSpec spec;

  private static final int MOST_THREADS = 1024;

  @Mixin private ServedModelOptions models;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description =
          "Where scenes are kept and exports written, and where training runs are looked for;"
              + " default this directory.")
  private Path folder = Path.of("");

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "The port; default ${DEFAULT-VALUE}, 0 for any that is free.")
  private int port = PORT;

  @Option(names = "--no-open", description = "Only says where the page is.")
  private boolean noOpen;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads to compute on; all cores if not given.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Mixin private EngineOption engine;

  @Mixin private SessionOptions sessions;

  StudioCommand() {}

  @Override
  public Integer call() throws IOException {
    sessions.check();
    engine.choice();
    if (threads < 1 || threads > MOST_THREADS) {
      throw misuse("--threads is %d, and must be from 1 to %d".formatted(threads, MOST_THREADS));
    }
    ServeCommand.requireServer();
    return new StudioLaunch(this).run();
  }

  ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  CommandSpec spec() {
    return spec;
  }

  ServedModelOptions models() {
    return models;
  }

  Path folder() {
    return folder.toAbsolutePath().normalize();
  }

  int port() {
    return port;
  }

  boolean opens() {
    return !noOpen;
  }

  int threads() {
    return threads;
  }

  EngineChoice engine() {
    return engine.choice();
  }

  SessionOptions sessions() {
    return sessions;
  }
}
