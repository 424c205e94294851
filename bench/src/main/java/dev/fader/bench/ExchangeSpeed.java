package dev.fader.bench;

import dev.fader.collective.Collective;
import dev.fader.inspect.network.Network;
import dev.fader.inspect.network.NetworkFit;
import dev.fader.mpi.Launch;
import dev.fader.mpi.MpiGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// The time of all-to-all and all-gather, and what a model of the network foretells of it.
///
/// `threads N` measures N ranks that are threads. Each prints a line `pattern ranks bytes seconds`
/// for every setting, of which the bytes are those of all parts. `fit M` reads such lines, fits a
/// network to half of the settings with at most M ranks, and says how far it is off at those it was
/// fitted to, at the other half, and with more ranks; `fit M shared` for ranks of one machine,
/// which all move their bytes through the same memory.
public final class ExchangeSpeed {
  /// Of all parts. Shorter messages are sent in another way, and gradients are longer.
  private static final long[] SIZES = {
    1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22, 1 << 23, 1 << 24
  };

  private static final int TIMES = 5;
  private static final int MOST = 100; // in a row
  private static final double SECONDS = 0.3; // of as many in a row

  private static final double NANOS = 1e-9;

  private ExchangeSpeed() {}

  /// Measures, or fits.
  public static void main(String[] arguments) throws IOException, InterruptedException {
    switch (arguments[0]) {
      case "processes" -> {
        try (var group = MpiGroup.open(Launch.found().orElseThrow())) {
          measure(group);
        }
      }
      case "threads" -> threads(Integer.parseInt(arguments[1]));
      case "fit" -> fit(Integer.parseInt(arguments[1]), arguments.length > 2);
      default ->
          throw new IllegalArgumentException(
              "say processes, threads N or fit M, not " + arguments[0]);
    }
  }

  private static void threads(int ranks) throws InterruptedException {
    var threads = new ArrayList<Thread>();
    for (var rank : Collective.ofThreads(ranks)) {
      threads.add(Thread.ofPlatform().start(() -> measure(rank)));
    }
    for (var thread : threads) {
      thread.join();
    }
  }

  private static void measure(Collective group) {
    try (var arena = Arena.ofShared()) {
      long most = SIZES[SIZES.length - 1];
      var sent = arena.allocate(most);
      var received = arena.allocate(most);
      for (long bytes : SIZES) {
        var parts = new long[group.size()];
        Arrays.fill(parts, bytes / group.size());
        var part = sent.asSlice(0, parts[0]);
        report(group, "all-to-all", bytes, () -> group.allToAll(sent, parts, received, parts));
        report(group, "all-gather", bytes, () -> group.allGather(part, received, parts));
      }
    }
  }

  /// The median of several times, each the mean of exchanges in a row: so none begins before those
  /// of all ranks before it are over, and what ranks leave a barrier with does not count.
  private static void report(Collective group, String pattern, long bytes, Runnable exchange) {
    exchange.run();
    double once = seconds(group, 2, exchange);
    int inRow = first(group, (int) Math.clamp(SECONDS / once, 2, MOST));
    var seconds = new double[TIMES];
    for (int i = 0; i < TIMES; i++) {
      seconds[i] = seconds(group, inRow, exchange);
    }
    if (group.rank() == 0) {
      Arrays.sort(seconds);
      System.out.printf(
          Locale.ROOT, "%s %d %d %.9f%n", pattern, group.size(), bytes, seconds[TIMES / 2]);
    }
  }

  private static double seconds(Collective group, int times, Runnable exchange) {
    group.barrier();
    long begun = System.nanoTime();
    for (int i = 0; i < times; i++) {
      exchange.run();
    }
    return (System.nanoTime() - begun) * NANOS / times;
  }

  /// What the first rank has of a number.
  private static int first(Collective group, int number) {
    try (var arena = Arena.ofShared()) {
      var message = arena.allocate(ValueLayout.JAVA_INT);
      message.set(ValueLayout.JAVA_INT, 0, number);
      group.broadcast(message, 0);
      return message.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /// What was measured of one pattern.
  private static final class Settings {
    final List<NetworkFit.Exchange> fitted = new ArrayList<>();
    final List<NetworkFit.Exchange> between = new ArrayList<>();
    final List<NetworkFit.Exchange> beyond = new ArrayList<>();
  }

  private static void fit(int mostRanks, boolean shared) throws IOException {
    var patterns = new TreeMap<String, Settings>();
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      var fields = line.split(" ", -1);
      int ranks = Integer.parseInt(fields[1]);
      long bytes = Long.parseLong(fields[2]);
      var exchange =
          new NetworkFit.Exchange(bytes, ranks, shared ? ranks : 1, Double.parseDouble(fields[3]));
      var settings = patterns.computeIfAbsent(fields[0], _ -> new Settings());
      if (ranks > mostRanks) {
        settings.beyond.add(exchange);
      } else if (Arrays.binarySearch(SIZES, bytes) % 2 == 0) {
        settings.fitted.add(exchange);
      } else {
        settings.between.add(exchange);
      }
    }
    for (Map.Entry<String, Settings> pattern : patterns.entrySet()) {
      var settings = pattern.getValue();
      var fit = NetworkFit.of(settings.fitted);
      var network = fit.network();
      System.out.printf(
          Locale.ROOT,
          "%s: %.1f us, %.1f MB/s; off by %.0f %% at %d fitted settings, %.0f %% at %d others%n",
          pattern.getKey(),
          1e6 * network.latency(),
          1e-6 * network.bytesPerSecond(),
          100 * fit.error(),
          settings.fitted.size(),
          100 * NetworkFit.error(network, settings.between),
          settings.between.size());
      if (!settings.beyond.isEmpty()) {
        System.out.printf(
            Locale.ROOT,
            "  %.0f %% at %d settings with more ranks%n",
            100 * NetworkFit.error(network, settings.beyond),
            settings.beyond.size());
      }
      print(network, settings.between);
      print(network, settings.beyond);
    }
  }

  private static void print(Network network, List<NetworkFit.Exchange> exchanges) {
    for (var exchange : exchanges) {
      System.out.printf(
          Locale.ROOT,
          "    %d ranks, %,d bytes: %.3f ms, foretold %.3f ms%n",
          exchange.ranks(),
          (long) exchange.bytes(),
          1e3 * exchange.seconds(),
          1e3 * NetworkFit.foretold(network, exchange));
    }
  }
}
