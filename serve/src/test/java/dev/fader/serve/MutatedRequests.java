package dev.fader.serve;

import dev.fader.GenerationOptions;
import dev.fader.serve.http.HttpLimits;
import dev.fader.serve.http.HttpSetup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/// Sends a server requests that were altered, as many as one has time for. Each is answered, or its
/// connection closed, before long; no answer tells of a failure of the server, and none is HTML.
///
/// `main` takes the first seed, how many requests, and over how many connections at a time; a
/// failure is repeated with its seed and one request.
final class MutatedRequests {
  private static final int HANGS_MILLIS = 30_000;
  private static final int MOST_TOLD = 20;
  private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
  private static final int MOST_TOKENS = 16;
  private static final long SLICE = 1000;

  private final int port;
  private final SortedMap<String, AtomicLong> statuses = new ConcurrentSkipListMap<>();
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

  MutatedRequests(int port) {
    this.port = port;
  }

  /// Runs and reports.
  public static void main(String[] arguments) throws Exception {
    var directory = Files.createTempDirectory("fader-mutated");
    try (var server = start(directory)) {
      var requests = new MutatedRequests(server.server().port());
      long first = Long.parseLong(arguments[0]);
      long count = Long.parseLong(arguments[1]);
      int connections = Integer.parseInt(arguments[2]);
      var warming = new MutatedRequests(requests.port); // classes, pools and caches
      warming.send(first, Math.min(count, 2000), connections);
      long before = liveBytes();
      long began = System.nanoTime();
      for (long sent = 0; sent < count; sent += SLICE) {
        requests.send(first + sent, Math.min(SLICE, count - sent), connections);
        double seconds = (System.nanoTime() - began) * 1e-9;
        System.out.printf(
            "%d requests in %.1f s: %s%n",
            Math.min(count, sent + SLICE), seconds, requests.statuses());
      }
      System.out.printf("live heap %,d bytes before, %,d after%n", before, liveBytes());
      System.out.printf("the next: %d%n", server.get("/health").statusCode());
      requests.failures().forEach(System.out::println);
      System.exit(requests.failures().isEmpty() ? 0 : 1);
    }
  }

  /// A server that writes little, and does not wait long for what never comes.
  static TinyServer start(Path directory) throws IOException {
    return TinyServer.start(
        directory,
        options -> {
          var http = options.http();
          var usual = http.limits();
          var limits =
              new HttpLimits(
                  usual.bodyBytes(),
                  usual.headerBytes(),
                  usual.connections(),
                  Duration.ofMillis(200),
                  usual.write(),
                  usual.idle(),
                  usual.answer());
          return options
              .withPolicy(
                  options
                      .policy()
                      .withUsual(GenerationOptions.OF_ANSWER.withMaxTokens(MOST_TOKENS)))
              .withHttp(
                  new HttpSetup(http.host(), 0, http.tls(), http.access(), limits, http.ping()));
        });
  }

  private static long liveBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /// How often each status came; `closed` where the server has closed the connection instead.
  SortedMap<String, Long> statuses() {
    var all = new TreeMap<String, Long>();
    statuses.forEach((status, count) -> all.put(status, count.get()));
    return all;
  }

  /// What should not have been, at most some of it.
  List<String> failures() {
    return List.copyOf(failures);
  }

  /// Sends those of `count` seeds.
  void send(long first, long count, int connections) throws InterruptedException {
    var next = new AtomicLong(first);
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < connections; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                for (long seed = next.getAndIncrement();
                    seed < first + count;
                    seed = next.getAndIncrement()) {
                  send(MutatedRequest.of(seed));
                }
              }));
    }
    for (var thread : threads) {
      thread.join();
    }
  }

  private void send(MutatedRequest request) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(HANGS_MILLIS);
      var answer = new ByteArrayOutputStream();
      try {
        socket.getOutputStream().write(request.bytes());
        socket.getInputStream().transferTo(answer);
      } catch (SocketTimeoutException hangs) {
        fail(request, "hangs");
      } catch (IOException reset) {
        count(answer.size() == 0 ? "reset" : "reset after some");
      }
      var text = answer.toString(StandardCharsets.UTF_8);
      judge(request, text.startsWith(CONTINUE) ? text.substring(CONTINUE.length()) : text);
    } catch (IOException refused) {
      fail(request, "no connection: " + refused.getMessage());
    }
  }

  private void judge(MutatedRequest request, String answer) {
    if (answer.isEmpty()) {
      count("closed");
      return;
    }
    var status = answer.startsWith("HTTP/1.1 ") ? answer.substring(9, 12) : "none";
    count(status);
    boolean failed = status.startsWith("5") && !status.equals("501") && !status.equals("503");
    if (failed || status.equals("none")) {
      fail(request, answer.substring(0, Math.min(400, answer.length())));
    } else if (answer.contains("<html") || answer.contains("\tat ") || answer.contains("java.")) {
      fail(request, "tells too much: " + answer.substring(0, Math.min(600, answer.length())));
    } else if (answer.contains("the server has failed") || answer.contains("\"code\":500")) {
      fail(request, "failed late: " + answer.substring(Math.max(0, answer.length() - 400)));
    }
  }

  private void count(String status) {
    statuses.computeIfAbsent(status, added -> new AtomicLong()).incrementAndGet();
  }

  private void fail(MutatedRequest request, String what) {
    if (failures.size() < MOST_TOLD) {
      failures.add(request.line() + ": " + what);
    }
  }
}
