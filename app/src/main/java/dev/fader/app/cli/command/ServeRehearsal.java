package dev.fader.app.cli.command;

import dev.fader.ModelOptions;
import dev.fader.Trainer;
import dev.fader.serve.ModelServer;
import dev.fader.serve.ServerOptions;
import dev.fader.serve.http.HttpSetup;
import dev.fader.train.recipe.Hyperparameter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/// A server of a tiny model that asks itself something and ends, for the launcher to record which
/// classes that takes.
final class ServeRehearsal {
  private static final int CONTEXT = 64;

  private ServeRehearsal() {}

  static void run() throws IOException, InterruptedException {
    KernelRehearsal.run();
    var folder = Files.createTempDirectory("fader-rehearsal");
    try {
      Trainer.on(List.of("the cat sat on the mat.\n".repeat(20)))
          .options(new ModelOptions(1, 1L << 28))
          .steps(1)
          .depth(1)
          .with(Hyperparameter.CONTEXT, CONTEXT)
          .with(Hyperparameter.BATCH, 1)
          .saveTo(folder.resolve("model"))
          .train()
          .close();
      ask(folder.resolve("model"));
    } finally {
      try (var files = Files.walk(folder)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static void ask(Path model) throws IOException, InterruptedException {
    var options = ServerOptions.of(model);
    var http = options.http();
    var anywhere =
        new HttpSetup(http.host(), 0, http.tls(), http.access(), http.limits(), http.ping());
    try (var server = ModelServer.start(options.withHttp(anywhere));
        var client = HttpClient.newHttpClient()) {
      for (boolean stream : new boolean[] {false, true}) {
        var request =
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:%d/completion".formatted(server.port())))
                .header("Content-Type", "application/json")
                .POST(
                    BodyPublishers.ofString(
                        "{\"prompt\":\"the cat\",\"n_predict\":8,\"stream\":%s}".formatted(stream)))
                .build();
        client.send(request, BodyHandlers.ofString());
      }
    }
  }
}
