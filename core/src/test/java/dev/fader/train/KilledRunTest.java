package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Processes that are killed without a warning (`kill -9`): twice, or as often as
/// `-Dfader.kills=100` says.
public class KilledRunTest {
  private static final long SEED = 11;
  private static final int KILLS = Integer.getInteger("fader.kills", 2);
  private static final long STEPS = 20L * KILLS;

  @TempDir private Path folder;

  @ParameterizedTest(name = "with vectors: {0}")
  @ValueSource(booleans = {false, true})
  void killedRunResumesToSameBits(boolean vectors) throws Exception {
    var undisturbed =
        KilledRun.of(Files.createDirectory(folder.resolve("undisturbed")), STEPS, true);
    undisturbed.vectors = vectors;
    undisturbed.begin();
    var killed = KilledRun.of(Files.createDirectory(folder.resolve("killed")), STEPS, false);
    killed.vectors = vectors;
    var random = new Random(SEED);
    long step = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      kill(killed, step, random.nextInt(150));
      long reached = KilledRun.newest(killed.out());
      assertTrue(reached > step, "it went on from " + step + " and reached " + reached);
      step = reached;
    }
    assertTrue(step < STEPS, "it was still running when it was killed, at " + step);
    assertEquals(TrainingEvent.Ending.COMPLETED, KilledRun.goOn(killed).ending());
    assertArrayEquals(undisturbed.weights(), killed.weights(), "seed " + SEED);
    assertEquals(undisturbed.losses(step), killed.losses(step), "seed " + SEED);
  }

  /// Starts the process, waits for a checkpoint after `step` and a while, and kills it.
  private void kill(TinyRun tiny, long step, long milliseconds) throws Exception {
    var process =
        java(
            KilledRun.class,
            tiny.folder().toString(),
            Long.toString(STEPS),
            Boolean.toString(tiny.vectors));
    try {
      while (KilledRun.newest(tiny.out()) <= step && process.isAlive()) {
        Thread.sleep(1);
      }
      Thread.sleep(milliseconds);
    } finally {
      process.destroyForcibly();
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the process is gone");
    }
  }

  /// Starts the `main` of a class of these tests in a process of its own.
  public static Process java(Class<?> main, String... arguments) throws Exception {
    var command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-Xmx128m",
                    "--add-modules=jdk.incubator.vector",
                    "-cp",
                    classPath(),
                    main.getName()),
                Stream.of(arguments))
            .toList();
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /// Where the classes of a run are, whether they came from a module path or a class path.
  private static String classPath() throws URISyntaxException {
    var places = new ArrayList<String>();
    for (Class<?> each :
        Stream.of(
                TrainingRun.class,
                KilledRun.class,
                tools.jackson.databind.ObjectMapper.class,
                tools.jackson.core.JsonParser.class,
                com.fasterxml.jackson.annotation.JsonProperty.class,
                org.junit.jupiter.api.Assertions.class,
                org.opentest4j.AssertionFailedError.class)
            .toList()) {
      places.add(
          Path.of(each.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    return places.stream().distinct().collect(Collectors.joining(File.pathSeparator));
  }
}
