package dev.fader.bench;

import dev.fader.generate.Sampler;
import dev.fader.generate.Session;
import dev.fader.generate.SessionBatch;
import dev.fader.generate.SessionPool;
import dev.fader.kernel.Engine;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.LoadedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/// Where the time of one generated token, or of one of each of some sequences, goes: a second
/// thread looks every two milliseconds at what the first one does, and counts by the kernel that it
/// finds in the stack.
///
/// A thread is only looked at where it can stop, which inside a kernel is between two pieces of its
/// work; that is as fine as these kinds. While the first thread waits for the others, it is in the
/// same kernel as they are.
///
/// Arguments: a model, threads, seconds, tokens that are in the cache before, sequences. Prints
/// milliseconds a step and their shares.
public final class TokenProfile {
  private static final int MOST_TOKENS = 64;
  private static final int PERIOD_MILLISECONDS = 2;
  private static final double NANOSECONDS = 1e9;

  /// What a token's time is spent on, by a part of the names of classes or methods in the stack;
  /// the first that fits, from the innermost frame outwards.
  private enum Kind {
    ATTENTION("kernel.attention."),
    PRODUCTS("kernel.product."),
    NORMALIZATION("Normaliz"),
    ACTIVATION("kernel.row.Activations"),
    ROTATION_AND_SUMS("kernel.row.Elementwise"),
    EMBEDDING("kernel.row.Embedding"),
    CHOICE("Sampler.largest"),
    REST("");

    private final String part;

    Kind(String part) {
      this.part = part;
    }
  }

  private final SessionPool pool;
  private final List<Session> sessions;
  private final SessionBatch batch = new SessionBatch();
  private final int context;
  private final Map<Kind, Integer> samples = new EnumMap<>(Kind.class);
  private int head;
  private int all;

  private TokenProfile(SessionPool pool, List<Session> sessions, int context) {
    this.pool = pool;
    this.sessions = sessions;
    this.context = context;
  }

  /// Measures and prints.
  public static void main(String[] arguments) throws IOException, InterruptedException {
    double seconds = Double.parseDouble(arguments[2]);
    int context = Integer.parseInt(arguments[3]);
    try (var engine = new Engine(Integer.parseInt(arguments[1]), Long.MAX_VALUE);
        var model = LoadedModel.open(Path.of(arguments[0]), engine.memory());
        var pool =
            new SessionPool(
                model.decoder(), engine.kernels(), engine.memory(), KeyValueLimits.DEFAULTS)) {
      var sessions = new ArrayList<Session>();
      for (int i = 0; i < Integer.parseInt(arguments[4]); i++) {
        sessions.add(pool.open(context + MOST_TOKENS + 1));
        if (context > 0) {
          sessions.getLast().read(new int[context]);
        }
      }
      var profile = new TokenProfile(pool, sessions, context);
      profile.generate(seconds);
      profile.measure(seconds);
    }
  }

  private void measure(double seconds) throws InterruptedException {
    var done = new AtomicBoolean();
    var worker = Thread.currentThread();
    var observer =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              while (!done.get()) {
                count(worker.getStackTrace());
                pause();
              }
            });
    long start = System.nanoTime();
    int tokens = generate(seconds);
    double milliseconds = (System.nanoTime() - start) / NANOSECONDS * 1000 / tokens;
    done.set(true);
    observer.join();
    System.out.printf(Locale.ROOT, "%.1f ms a step, %d steps%n", milliseconds, tokens);
    for (var kind : Kind.values()) {
      int found = samples.getOrDefault(kind, 0);
      print(kind.name(), kind == Kind.PRODUCTS ? found - head : found, milliseconds);
      if (kind == Kind.PRODUCTS) {
        print("HEAD", head, milliseconds);
      }
    }
  }

  private void print(String name, int found, double milliseconds) {
    double share = (double) found / all;
    System.out.printf(
        Locale.ROOT,
        "%-18s %6.1f ms %5.1f %%%n",
        name.toLowerCase(Locale.ROOT).replace('_', ' '),
        share * milliseconds,
        100 * share);
  }

  private static void pause() {
    try {
      Thread.sleep(PERIOD_MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void count(StackTraceElement[] stack) {
    var kind = kind(stack);
    samples.merge(kind, 1, Integer::sum);
    all++;
    if (kind == Kind.PRODUCTS
        && Arrays.stream(stack).anyMatch(frame -> frame.getMethodName().contains("ogits"))) {
      head++;
    }
  }

  private static Kind kind(StackTraceElement[] stack) {
    for (var frame : stack) {
      String name = frame.getClassName() + "." + frame.getMethodName();
      for (var kind : Kind.values()) {
        if (kind != Kind.REST && name.contains(kind.part)) {
          return kind;
        }
      }
    }
    return Kind.REST;
  }

  private int generate(double seconds) {
    long end = System.nanoTime() + (long) (seconds * NANOSECONDS);
    int tokens = 0;
    while (System.nanoTime() < end) {
      sessions.forEach(session -> session.truncate(context));
      int[] next = new int[sessions.size()];
      for (int i = 0; i < MOST_TOKENS && System.nanoTime() < end; i++) {
        batch.clear();
        for (int one = 0; one < next.length; one++) {
          batch.add(sessions.get(one), next[one]);
        }
        pool.read(batch);
        for (int one = 0; one < next.length; one++) {
          next[one] = Sampler.largest(sessions.get(one).logits());
        }
        tokens++;
      }
    }
    return tokens;
  }
}
