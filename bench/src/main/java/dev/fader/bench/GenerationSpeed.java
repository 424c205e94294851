package dev.fader.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.fader.generate.Sampler;
import dev.fader.generate.Session;
import dev.fader.kernel.Engine;
import dev.fader.model.file.LoadedModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;

/// How fast a model reads a prompt and continues it, for `bench/generation.py`: answers each line
/// `prompt N` or `generate N` of standard input with a line of tokens per second and processor
/// seconds.
///
/// The prompt is random ids. `generate` continues a prompt of 16 greedily and times what follows,
/// each token with its whole row of logits.
///
/// Arguments: a model, threads.
public final class GenerationSpeed {
  private static final int BEFORE = 16;
  private static final int MOST = 4096;
  private static final int SEED = 7;

  private final Session session;

  private GenerationSpeed(Session session) {
    this.session = session;
  }

  /// Answers until standard input ends.
  public static void main(String[] arguments) throws IOException {
    try (var engine = new Engine(Integer.parseInt(arguments[1]), Long.MAX_VALUE);
        var model = LoadedModel.open(Path.of(arguments[0]), engine.memory());
        var session =
            new Session(
                model.decoder(),
                engine.kernels(),
                engine.memory(),
                Math.min(MOST, model.config().context()))) {
      var speed = new GenerationSpeed(session);
      var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        var words = line.strip().split(" ", 2);
        System.out.println(speed.run(words[0].equals("prompt"), Integer.parseInt(words[1])));
      }
    }
  }

  private String run(boolean prompt, int count) {
    session.truncate(0);
    float[] logits = prompt ? new float[0] : session.read(ids(BEFORE));
    double processorStart = processorSeconds();
    long start = System.nanoTime();
    if (prompt) {
      session.read(ids(count));
    } else {
      for (int i = 0; i < count; i++) {
        logits = session.append(Sampler.largest(logits));
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    double processor = processorSeconds() - processorStart;
    return String.format(Locale.ROOT, "%.2f %.3f", count / seconds, processor);
  }

  private int[] ids(int count) {
    return new SplittableRandom(SEED).ints(count, 0, session.vocabularySize()).toArray();
  }

  /// User and system seconds of all threads so far.
  private static double processorSeconds() {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return system.getProcessCpuTime() / 1e9;
  }
}
