package dev.fader.app.cli.command;

import dev.fader.GenerationOptions;
import dev.fader.ModelOptions;
import dev.fader.app.cli.terminal.Interrupts;
import dev.fader.app.studio.StudioDialect;
import dev.fader.app.studio.page.PageRoutes;
import dev.fader.inspect.machine.Machine;
import dev.fader.serve.ModelServer;
import dev.fader.serve.ServerOptions;
import dev.fader.serve.http.ApiKeys;
import dev.fader.serve.http.Hosts;
import dev.fader.serve.http.HttpLimits;
import dev.fader.serve.http.HttpSetup;
import dev.fader.serve.model.ModelPolicy;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Starts the server of the studio's page, and waits for its end.
final class StudioLaunch {
  /// As in [ServerLaunch].
  private static final Logger WEB_SERVER = Logger.getLogger("io.helidon");

  /// Where the fader script says that it is.
  private static final String LAUNCHER = "FADER_LAUNCHER";

  private final StudioCommand command;

  StudioLaunch(StudioCommand command) {
    this.command = command;
  }

  int run() throws IOException {
    WEB_SERVER.setLevel(Level.SEVERE);
    if (!Files.isDirectory(command.folder())) {
      throw new NotDirectoryException(command.folder().toString());
    }
    try {
      return serve(options());
    } catch (IllegalArgumentException wrong) {
      throw command.misuse(String.valueOf(wrong.getMessage()));
    }
  }

  private int serve(ServerOptions options) throws IOException {
    var err = command.spec().commandLine().getErr();
    var end = new CountDownLatch(1);
    var launcher = Optional.ofNullable(System.getenv(LAUNCHER)).stream().toList();
    try (var _ = new Interrupts(end::countDown);
        var _ = Interrupts.ofTermination(end::countDown);
        var server =
            ModelServer.start(
                options, models -> List.of(new StudioDialect(models, command.folder(), launcher)));
        var _ = ServerLaunch.note(server, options, err)) {
      var page = ServerLaunch.url(options, server) + PageRoutes.PATH;
      err.println("%s is the studio; Ctrl-C ends it".formatted(page));
      if (command.opens()) {
        open(page);
      }
      if (!server.models().models().isEmpty()) {
        ServerLaunch.open(server, err);
      }
      GrownHeap.watch();
      end.await();
      return 0;
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return Interrupts.EXIT_CODE;
    }
  }

  /// In the browser that the system has for it. Where there is none, the address has been told.
  private static void open(String page) {
    var system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    if (system.contains("mac")) {
      start("open", page);
    } else if (system.contains("windows")) {
      start("explorer", page);
    } else if (System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null) {
      start("xdg-open", page);
    }
  }

  private static void start(String... opener) {
    try {
      new ProcessBuilder(opener)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException none) {
      Logger.getLogger(StudioLaunch.class.getName())
          .fine(() -> opener[0] + " does not start: " + none.getMessage());
    }
  }

  private ServerOptions options() throws IOException {
    var opening =
        new ModelOptions(command.threads(), Machine.here().availableBytes())
            .withCacheType(command.sessions().type(DType.FLOAT16))
            .withRepack(command.sessions().repack())
            .withActivations(command.sessions().activationType())
            .withEngine(command.engine());
    var access = new HttpSetup.Access(ApiKeys.NONE, Hosts.ofOwnPages());
    var http =
        new HttpSetup(
            "127.0.0.1",
            command.port(),
            Optional.empty(),
            access,
            HttpLimits.DEFAULTS.withAnswer(
                Optional.empty()), // who watches a run may watch for days
            Duration.ofSeconds(15));
    return new ServerOptions(
        new GivenModels(command.models()).served(),
        ModelPolicy.defaults().withUsual(GenerationOptions.OF_ANSWER).withOpening(opening),
        http,
        Duration.ofSeconds(2),
        Optional.empty());
  }
}
