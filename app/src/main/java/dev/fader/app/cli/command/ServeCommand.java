package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOption;
import dev.fader.app.cli.option.RunningServer;
import dev.fader.app.cli.option.SessionOptions;
import dev.fader.app.cli.option.TimeSpan;
import dev.fader.kernel.option.EngineChoice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader serve`: models behind HTTP interfaces. What needs the server's module stands in
/// [ServerLaunch]: other commands run without it.
@Command(
    name = "serve",
    description = "Serves models over HTTP: chats, completions, embeddings, tools.",
    footer = {
      "",
      "Keys come from --api-key-file and from FADER_API_KEY, separated by commas. Without any, only"
          + " this machine is served."
    })
public final class ServeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ServedModelOptions models;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = "The address to listen at; default ${DEFAULT-VALUE}. Others need a key.")
  private String host = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "The port; default ${DEFAULT-VALUE}, 0 for any that is free.")
  private int port = RunningServer.PORT;

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "Keys that open the server, one on a line.")
  private @Nullable Path keyFile;

  @Option(
      names = "--allow-host",
      paramLabel = "NAME",
      description = "A name of this machine by which the server may be called, beside localhost.")
  private List<String> hosts = new ArrayList<>();

  @Option(
      names = "--allow-origin",
      paramLabel = "ORIGIN",
      description = "A web page that may call the server, such as https://chat.example.org.")
  private List<String> origins = new ArrayList<>();

  @Option(names = "--tls-cert", paramLabel = "FILE", description = "A certificate, PEM, for TLS.")
  private @Nullable Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "Its private key, PEM, PKCS 8.")
  private @Nullable Path certificateKey;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      description =
          "Texts of a model that are written at a time, 1 to 64; default ${DEFAULT-VALUE}.")
  private int parallel = 8;

  @Option(
      names = "--queue",
      paramLabel = "N",
      description = "Requests to a model that may wait; default ${DEFAULT-VALUE}.")
  private int queue = 200;

  @Option(
      names = "--inter-token-latency",
      paramLabel = "TIME",
      description =
          "What a text that is written may wait for its next token while prompts of others are read"
              + " in longer pieces, and faster; twice as long while more texts wait for their first"
              + " token than are written. Default ${DEFAULT-VALUE}; 0 for the shortest pieces.")
  private String interTokenLatency = "1s";

  @Option(
      names = "--models-max",
      paramLabel = "N",
      description = "Models that are open at a time; default ${DEFAULT-VALUE}.")
  private int mostModels = 4;

  @Option(
      names = "--idle",
      paramLabel = "TIME",
      description = "Closes a model that nobody has asked for so long, such as 10m; default never.")
  private @Nullable String idle;

  @Option(
      names = "--grace",
      paramLabel = "TIME",
      description = "What running requests get at the end; default ${DEFAULT-VALUE}.")
  private String grace = "10s";

  @Option(
      names = "--request-timeout",
      paramLabel = "TIME",
      description =
          "What a request gets from its beginning to its end, its turn in the queue included;"
              + " default ${DEFAULT-VALUE}, 0 for as long as it takes.")
  private String requestTimeout = "10m";

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Tokens of a prompt and its answer together; default that of the model.")
  private int context;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "New tokens of a request at most; default what the context has room for.")
  private int maxTokens = Integer.MAX_VALUE;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description = "Where a request says none; default ${DEFAULT-VALUE}.")
  private double temperature = 0.8;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Where a request says none; default a new one each time.")
  private @Nullable Long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads to compute on; all cores if not given.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Mixin private EngineOption engine;

  @Option(
      names = "--ping",
      paramLabel = "TIME",
      description =
          "Comments in streams on which nothing is told so long; default ${DEFAULT-VALUE}.")
  private String ping = "30s";

  @Option(
      names = "--log",
      paramLabel = "FILE",
      description = "A line of JSON for each request; - for standard error.")
  private @Nullable String log;

  @Option(
      names = "--log-text",
      description = "What users write is in the log, too, which else has none of it.")
  private boolean logText;

  @Option(names = "--routes", description = "Lists all that can be asked for, and ends.")
  private boolean routes;

  @Option(names = "--rehearse", hidden = true)
  private boolean rehearse;

  @Mixin private SessionOptions sessions;

  ServeCommand() {}

  @Override
  public Integer call() throws IOException {
    if (models.models().isEmpty() && !routes && !rehearse) {
      throw misuse(
          "no model given: name one, such as fader serve model.gguf or fader serve NAME=DIRECTORY;"
              + " fader pull fetches some");
    }
    sessions.check();
    engine.choice();
    requireServer();
    return new ServerLaunch(this).run();
  }

  /// Makes sure that the server's module is there.
  static void requireServer() throws IOException {
    if (ModuleLayer.boot().findModule("dev.fader.app").isPresent()
        && ModuleLayer.boot().findModule("dev.fader.serve").isEmpty()) {
      throw new IOException(
          "the module dev.fader.serve is not there: start by the fader script, or add"
              + " --add-modules dev.fader.serve");
    }
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

  boolean isRehearsing() {
    return rehearse;
  }

  boolean isListing() {
    return routes;
  }

  /// Where it listens.
  record Address(String host, int port) {}

  Address address() {
    return new Address(host, port);
  }

  /// Who may ask, and the files for TLS if it is spoken.
  record Guards(
      Optional<Path> keyFile,
      List<String> hosts,
      List<String> origins,
      Optional<Path> certificate,
      Optional<Path> certificateKey) {}

  Guards guards() {
    return new Guards(
        Optional.ofNullable(keyFile),
        hosts,
        origins,
        Optional.ofNullable(certificate),
        Optional.ofNullable(certificateKey));
  }

  EngineChoice engine() {
    return engine.choice();
  }

  /// How much is done at a time, and after which time models are closed, if they are.
  record Load(
      int parallel, int queue, Duration pause, int models, int threads, Optional<Duration> idle) {}

  Load load() {
    var closing = Optional.ofNullable(idle).map(text -> time("idle", text));
    var pause = time("inter-token-latency", interTokenLatency);
    return new Load(parallel, queue, pause, mostModels, threads, closing);
  }

  /// How texts are written where a request does not say it.
  record Writing(int context, int maxTokens, double temperature, Optional<Long> seed) {}

  Writing writing() {
    return new Writing(context, maxTokens, temperature, Optional.ofNullable(seed));
  }

  SessionOptions sessions() {
    return sessions;
  }

  Duration grace() {
    return time("grace", grace);
  }

  Optional<Duration> requestTimeout() {
    return Optional.of(time("request-timeout", requestTimeout)).filter(time -> !time.isZero());
  }

  Duration ping() {
    return time("ping", ping);
  }

  /// Where requests are noted, and whether with what users write.
  record Log(String file, boolean text) {}

  Optional<Log> log() {
    return Optional.ofNullable(log).map(file -> new Log(file, logText));
  }

  private Duration time(String flag, String text) {
    try {
      return TimeSpan.parse(flag, text);
    } catch (IllegalArgumentException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
  }
}
