package dev.fader.serve.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/// A request, and the response to it.
public final class Exchange {
  private static final String JSON = "application/json";

  /// @param ping after which a stream on which nothing is told has a comment
  /// @param answer that a request has to be answered, if there is a limit
  /// @param keepText whether bodies are kept for the log
  record Server(Duration ping, Optional<Duration> answer, boolean keepText) {}

  private final ServerRequest request;
  private final ServerResponse response;
  private final ConnectionReader source;
  private final Duration ping;
  private final boolean keepText;
  private final Optional<Instant> deadline;
  private final long began = System.nanoTime();
  private String client = "";
  private String variable = "";
  private Optional<Dialect> dialect = Optional.empty();
  private Optional<String> route = Optional.empty();
  private Optional<ResponseStream> stream = Optional.empty();
  private Optional<Usage> usage = Optional.empty();
  private Optional<String> failure = Optional.empty();
  private Optional<String> bodyText = Optional.empty();
  private double promptSeconds;
  private double writingSeconds;
  private boolean clientLeft;
  private boolean framed = true;
  private long firstByte; // of the response, 0 before

  /// @param server what all of them have in common
  Exchange(ServerRequest request, ServerResponse response, ConnectionReader source, Server server) {
    this.keepText = server.keepText();
    this.request = request;
    this.response = response;
    this.source = source;
    this.ping = server.ping();
    this.deadline = server.answer().map(Instant.now()::plus);
    this.client = request.remotePeer().host();
  }

  void matched(Routes.Match match) {
    dialect = Optional.of(match.dialect());
    route = Optional.of(match.route().path());
    variable = match.rest();
  }

  void heldBy(String holder) {
    client = "key-" + holder;
  }

  /// In capitals.
  public String method() {
    return request.prologue().method().text();
  }

  /// What is asked for, decoded.
  public String path() {
    return request.path().path();
  }

  /// What stands in the place of the variable of the route's path.
  public String variable() {
    return variable;
  }

  /// What stands behind the question mark under a name.
  public Optional<String> query(String name) {
    return request.query().first(name).asOptional();
  }

  /// A header, the first of this name.
  public Optional<String> header(String name) {
    return request.headers().first(HeaderNames.create(name));
  }

  /// Who asks, for the scheduler to be fair: the holder of a key, or else an address.
  public String client() {
    return client;
  }

  /// How long ago the request began.
  public Duration age() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  /// When it is too late to answer, if ever.
  public Optional<Instant> deadline() {
    return deadline;
  }

  /// Makes sure that it is not too late to answer.
  ///
  /// @throws ApiException if it is
  public void requireInTime() {
    if (deadline.filter(Instant.now()::isAfter).isPresent()) {
      throw tooLate();
    }
  }

  /// That it is too late to answer.
  public ApiException tooLate() {
    return new ApiException(
        ApiException.Kind.TIMEOUT,
        "the deadline %s has passed: give more time, or ask for less"
            .formatted(deadline.map(Instant::toString).orElse("")));
  }

  /// The route that answers, if there is one.
  public Optional<String> route() {
    return route;
  }

  /// The interface of the route, if there is one.
  public Optional<Dialect> dialect() {
    return dialect;
  }

  /// The body, which may be any JSON. It can be asked for once.
  ///
  /// @throws ApiException if there is none, or it is no JSON
  public JsonNode body() {
    requireJson();
    var bytes = bytes();
    if (bytes.length == 0) {
      throw new ApiException(ApiException.Kind.INVALID, "the body is empty: send JSON");
    }
    return read(bytes);
  }

  /// The same; no body at all is an object without fields.
  public JsonNode bodyIfAny() {
    requireJson();
    var bytes = bytes();
    return bytes.length == 0 ? JsonText.object() : read(bytes);
  }

  /// A tree of small values takes thirty times the bytes that it is sent in.
  private JsonNode read(byte[] bytes) {
    reserve(JsonText.treeBytes(bytes));
    return JsonText.read(bytes);
  }

  /// Makes sure of the memory that an answer takes up, until it is sent.
  ///
  /// @param bytes about
  /// @throws ApiException if there is not so much now, or never is
  public void reserve(long bytes) {
    source.hold(bytes);
  }

  private void requireJson() {
    var type = header("Content-Type").orElse(JSON).toLowerCase(Locale.ROOT);
    var plain = type.split(";", 2)[0].strip();
    if (!plain.equals(JSON) && !plain.endsWith("+json")) {
      throw new ApiException(
          ApiException.Kind.MEDIA_TYPE,
          "the body is of type %s: send %s".formatted(Shown.value(type), JSON));
    }
    header("Content-Encoding")
        .filter(encoding -> !encoding.equals("identity"))
        .ifPresent(encoding -> {
          throw new ApiException(
              ApiException.Kind.MEDIA_TYPE,
              "the body is encoded by %s: send it as it is".formatted(Shown.value(encoding)));
        });
  }

  private byte[] bytes() {
    if (!request.content().hasEntity()) {
      source.answer();
      return new byte[0];
    }
    var body = new ByteArrayOutputStream();
    var buffer = new byte[16 << 10];
    try (InputStream in = request.content().inputStream()) {
      while (true) {
        int read = in.read(buffer);
        if (read < 0) {
          break;
        }
        body.write(buffer, 0, read);
        source.decoded(read);
      }
    } catch (IOException broken) {
      throw new ClientGoneException(broken);
    } catch (RequestException | DataReader.InsufficientDataAvailableException known) {
      throw known;
    } catch (UncheckedIOException broken) {
      throw new ClientGoneException(broken);
    } catch (IllegalArgumentException | DataReader.IncorrectNewLineException lie) { // of chunks
      leaveRest();
      var error =
          new ApiException(
              ApiException.Kind.INVALID, "the body is not framed as it says: check its chunks");
      error.initCause(lie);
      throw error;
    } catch (RuntimeException failed) {
      leaveRest();
      throw failed;
    }
    source.answer();
    if (keepText) {
      bodyText = Optional.of(body.toString(StandardCharsets.UTF_8));
    }
    return body.toByteArray();
  }

  /// Leaves the rest of the body unread, and closes the connection after the answer.
  void leaveRest() {
    framed = false;
    source.refuse();
  }

  /// Sets a header of the response, before it begins.
  public void header(String name, String value) {
    response.header(HeaderValues.create(HeaderNames.create(name), value));
  }

  /// Answers with JSON.
  public void send(JsonNode body) {
    send(200, body);
  }

  /// Answers with JSON and a status.
  public void send(int status, JsonNode body) {
    send(status, JSON, JsonText.bytes(body));
  }

  /// Answers with text of a type such as `text/plain; charset=utf-8`.
  public void send(String type, String text) {
    send(200, type, text.getBytes(StandardCharsets.UTF_8));
  }

  /// Answers with what is kept for good under an address. A client that has it already is told so.
  ///
  /// @param tag that changes with the body, in letters and digits
  public void send(String type, byte[] body, String tag) {
    var quoted = "\"" + tag + "\"";
    header("ETag", quoted);
    header("Cache-Control", "no-cache"); // but asked for anew each time
    if (header("If-None-Match").filter(quoted::equals).isPresent()) {
      send(304, type, new byte[0]);
    } else {
      send(200, type, body);
    }
  }

  /// Sends the client to another address.
  public void redirect(String path) {
    header("Location", path);
    send(307, "text/plain; charset=utf-8", new byte[0]);
  }

  private void send(int status, String type, byte[] body) {
    source.answer(); // which what has no body has not told yet
    if (!stream.map(ResponseStream::abandon).orElse(true)) {
      throw new IllegalStateException("the response is a stream that has begun");
    }
    firstByte = System.nanoTime();
    response.status(status);
    header("Content-Type", type);
    try {
      if (method().equals("HEAD")) {
        response.contentLength(body.length);
        response.send(new byte[0]);
      } else {
        response.send(body);
      }
    } catch (UncheckedIOException gone) {
      throw new ClientGoneException(gone);
    }
  }

  /// Answers with nothing.
  void sendNothing() {
    firstByte = System.nanoTime();
    response.status(204).send();
  }

  /// Answers with events. The response begins with the first of them, or after a while without;
  /// what fails before has a status of its own. The server closes them.
  public EventStream events() {
    if (stream.isPresent() && stream.get() instanceof EventStream begun) {
      return begun;
    }
    watch();
    var comment = dialect.map(Dialect::ping).orElse(EventStream.COMMENT);
    var events = new EventStream(target("text/event-stream"), ping, comment);
    stream = Optional.of(events);
    return events;
  }

  /// Answers with lines, as [#events] with events.
  public JsonLines lines() {
    if (stream.isPresent() && stream.get() instanceof JsonLines begun) {
      return begun;
    }
    watch();
    var lines = new JsonLines(target("application/x-ndjson"), ping);
    stream = Optional.of(lines);
    return lines;
  }

  private void watch() {
    if (method().equals("HEAD")) {
      throw new ApiException(
          ApiException.Kind.METHOD, "%s is a stream: ask for it by GET".formatted(path()));
    }
    source.answer();
  }

  private ResponseStream.Target target(String type) {
    return new ResponseStream.Target(() -> begin(type), source::leave);
  }

  private OutputStream begin(String type) {
    firstByte = System.nanoTime();
    response.status(200);
    header("Content-Type", type);
    header("Cache-Control", "no-store");
    header("X-Accel-Buffering", "no"); // proxies are not to hold events back
    return response.outputStream();
  }

  /// The stream that answers, if one does.
  Optional<ResponseStream> stream() {
    return stream;
  }

  boolean isAnswered() {
    return firstByte != 0;
  }

  /// Runs something when the client goes before it has its answer, at once if it has gone: what is
  /// done for it is to end. It runs on a thread of its own.
  public void whenGone(Runnable action) {
    source.answer();
    source.whenGone(action);
  }

  /// Does what an interrupt ends, and interrupts it when the client goes or it is too late.
  ///
  /// @throws ClientGoneException if the client has gone
  /// @throws ApiException if it is too late
  public <T> T whileAwaited(Supplier<T> work) {
    try (var awaited = new Awaited()) {
      whenGone(awaited::interrupt);
      deadline.ifPresent(awaited::until);
      try {
        return work.get();
      } catch (CancellationException ended) {
        if (!awaited.isInterrupted()) {
          throw ended;
        }
        requireClient();
        throw tooLate();
      }
    }
  }

  /// Whether the client has gone.
  public boolean isGone() {
    return source.isGone();
  }

  /// Makes sure that there is still somebody to do it for.
  ///
  /// @throws ClientGoneException if the client has gone
  public void requireClient() {
    if (isGone()) {
      throw new ClientGoneException();
    }
  }

  /// Why a text was broken off: because its client has gone, or because the server ends.
  public RuntimeException brokenOff() {
    return isGone()
        ? new ClientGoneException()
        : new ApiException(
            ApiException.Kind.UNAVAILABLE,
            "the server is about to end, and the text is not whole: ask again, or another server");
  }

  /// Tells what was done, for the log and the metrics.
  public void report(Usage done) {
    usage = Optional.of(done);
  }

  /// What was done, as far as it was told.
  public Optional<Usage> usage() {
    return usage;
  }

  /// Tells how long prompts were read and texts were written, for the metrics.
  public void reportSeconds(double reading, double writing) {
    promptSeconds = reading;
    writingSeconds = writing;
  }

  /// How long prompts were read, as far as it was told.
  public double promptSeconds() {
    return promptSeconds;
  }

  /// How long texts were written, as far as it was told.
  public double writingSeconds() {
    return writingSeconds;
  }

  /// The body, if the log wants what users wrote.
  public Optional<String> bodyText() {
    return bodyText;
  }

  /// Whether it is known where the body ends; if not, nothing after it can be read.
  boolean isFramed() {
    return framed;
  }

  void left() {
    clientLeft = true;
    failed("the client has gone");
  }

  /// Whether the client went before it had its answer.
  public boolean clientLeft() {
    return clientLeft;
  }

  void failed(String message) {
    failure = Optional.of(message);
  }

  /// Why it was not done, if it was not.
  public Optional<String> failure() {
    return failure;
  }

  /// The status of the response.
  public int status() {
    return response.status().code();
  }

  /// How long it took until something was told; nothing if nothing was.
  public Duration untilFirstByte() {
    long first = stream.map(ResponseStream::firstWrite).filter(at -> at != 0).orElse(firstByte);
    return Duration.ofNanos(first == 0 ? 0 : first - began);
  }
}
