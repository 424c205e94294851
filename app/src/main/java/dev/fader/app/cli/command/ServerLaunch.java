package dev.fader.app.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.fader.GenerationOptions;
import dev.fader.ModelOptions;
import dev.fader.app.cli.option.RunningServer;
import dev.fader.app.cli.option.ServerFile;
import dev.fader.app.cli.terminal.Interrupts;
import dev.fader.inspect.machine.Machine;
import dev.fader.schedule.SchedulerLimits;
import dev.fader.serve.ModelServer;
import dev.fader.serve.ServerOptions;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiKeys;
import dev.fader.serve.http.Hosts;
import dev.fader.serve.http.HttpLimits;
import dev.fader.serve.http.HttpSetup;
import dev.fader.serve.metrics.AccessLog;
import dev.fader.serve.model.ModelPolicy;
import dev.fader.serve.model.ServedModel;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/// Starts a server as `fader serve` was asked to, and waits for its end.
final class ServerLaunch {
  /// The web server tells of each start, and of what clients do wrong, which is no affair of who
  /// uses a command; what fails in itself is. The field keeps the logger.
  private static final Logger WEB_SERVER = Logger.getLogger("io.helidon");

  private final ServeCommand command;

  ServerLaunch(ServeCommand command) {
    this.command = command;
  }

  int run() throws IOException {
    WEB_SERVER.setLevel(Level.SEVERE);
    try {
      if (command.isListing()) {
        var some = List.of(new ServedModel("MODEL", Path.of("MODEL"), List.of()));
        ModelServer.routes(some).forEach(command.spec().commandLine().getOut()::println);
        return 0;
      }
      if (command.isRehearsing()) {
        ServeRehearsal.run();
        return 0;
      }
      return serve(options());
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return Interrupts.EXIT_CODE;
    } catch (IllegalArgumentException wrong) {
      throw command.misuse(String.valueOf(wrong.getMessage()));
    }
  }

  private int serve(ServerOptions options) throws IOException {
    var err = command.spec().commandLine().getErr();
    var end = new CountDownLatch(1);
    try (var _ = new Interrupts(end::countDown);
        var _ = Interrupts.ofTermination(end::countDown);
        var server = ModelServer.start(options);
        var _ = note(server, options, err)) {
      var names = String.join(", ", server.models().names());
      err.println(
          "%s serves %s; fader stop%s ends it"
              .formatted(url(options, server), names, flag(server)));
      open(server, err);
      GrownHeap.watch();
      end.await();
      err.println("the server ends, when what is running has, within " + seconds(options));
      return 0;
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return Interrupts.EXIT_CODE;
    }
  }

  /// Where it cannot be written, `fader stop` does not find the server, and no more.
  static ServerFile note(ModelServer server, ServerOptions options, PrintWriter err) {
    try {
      return ServerFile.write(server.port(), options.http().host());
    } catch (IOException unwritten) {
      err.println(
          "fader: warning: fader stop will not find this server: " + unwritten.getMessage());
      return ServerFile.none();
    }
  }

  private static String seconds(ServerOptions options) {
    return options.grace().toSeconds() + " s";
  }

  static String url(ServerOptions options, ModelServer server) {
    var host = options.http().host();
    return "%s://%s:%d"
        .formatted(
            options.http().tls().isPresent() ? "https" : "http",
            host.contains(":") ? "[" + host + "]" : host,
            server.port());
  }

  static String flag(ModelServer server) {
    return server.port() == RunningServer.PORT ? "" : " --port " + server.port();
  }

  /// The first model is opened at once, so that the first request does not wait for it.
  static void open(ModelServer server, PrintWriter err) {
    var first = server.models().models().getFirst().name();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            server.models().load(first);
          } catch (ApiException failed) {
            err.println("fader: " + failed.message());
          } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private ServerOptions options() throws IOException {
    var options =
        new ServerOptions(
            new GivenModels(command.models()).served(),
            policy(),
            http(),
            command.grace(),
            Optional.empty());
    var log = log();
    return log.isPresent() ? options.withLog(log.get()) : options;
  }

  private ModelPolicy policy() {
    var load = command.load();
    var writing = command.writing();
    var usual =
        GenerationOptions.OF_ANSWER
            .withMaxTokens(writing.maxTokens())
            .withContext(writing.context())
            .withTemperature(writing.temperature());
    var seeded = writing.seed().map(usual::withSeed).orElse(usual);
    var opening =
        new ModelOptions(load.threads(), Machine.here().availableBytes())
            .withCacheType(command.sessions().type(DType.FLOAT16))
            .withRepack(command.sessions().repack())
            .withActivations(command.sessions().activationType())
            .withEngine(command.engine());
    int rows = SchedulerLimits.DEFAULTS.promptRows();
    return ModelPolicy.defaults()
        .withUsual(seeded)
        .withOpening(opening)
        .withScheduling(new SchedulerLimits(load.parallel(), load.queue(), rows, load.pause()))
        .withMost(load.models(), load.idle());
  }

  private HttpSetup http() throws IOException {
    var guards = command.guards();
    if (guards.certificate().isPresent() != guards.certificateKey().isPresent()) {
      throw command.misuse("--tls-cert and --tls-key belong together: give both, or neither");
    }
    var tls =
        guards
            .certificate()
            .flatMap(certificate ->
                guards.certificateKey().map(key -> new HttpSetup.TlsFiles(certificate, key)));
    var address = command.address();
    var hosts = new Hosts(names(guards.hosts(), address.host()), guards.origins());
    var access = new HttpSetup.Access(keys(guards), hosts);
    return new HttpSetup(
        address.host(),
        address.port(),
        tls,
        access,
        HttpLimits.DEFAULTS.withAnswer(command.requestTimeout()),
        command.ping());
  }

  private static ApiKeys keys(ServeCommand.Guards guards) throws IOException {
    var environment = Optional.ofNullable(System.getenv(RunningServer.KEYS)).orElse("");
    var keys =
        ApiKeys.of(
            Stream.of(environment.split(",", -1))
                .map(String::strip)
                .filter(key -> !key.isEmpty())
                .toList());
    return guards.keyFile().isEmpty() ? keys : keys.and(ApiKeys.read(guards.keyFile().get()));
  }

  /// With the names that this machine has.
  private static List<String> names(List<String> given, String host) {
    var names = new ArrayList<>(given);
    names.add(host);
    try {
      names.add(InetAddress.getLocalHost().getHostName());
    } catch (UnknownHostException nameless) {
      return names;
    }
    return names;
  }

  private Optional<AccessLog> log() throws IOException {
    if (command.log().isEmpty()) {
      return Optional.empty();
    }
    var log = command.log().get();
    if (log.file().equals("-")) {
      var err = command.spec().commandLine().getErr();
      return Optional.of(new AccessLog(err::println, log.text()));
    }
    var lines = new PrintStream(appended(Path.of(log.file()), log.text()), true, UTF_8);
    return Optional.of(new AccessLog(lines::println, log.text()));
  }

  /// What goes on with a file. A new one with what users write is for who started the server alone.
  static OutputStream appended(Path file, boolean secret) throws IOException {
    if (secret && FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      var own = PosixFilePermissions.fromString("rw-------");
      try {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(own));
      } catch (FileAlreadyExistsException before) {
        return Files.newOutputStream(file, StandardOpenOption.APPEND);
      }
    }
    return Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
