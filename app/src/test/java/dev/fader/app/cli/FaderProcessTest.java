package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// What only a process of its own shows: signals, pipes, full devices, the locale.
@DisabledOnOs(OS.WINDOWS)
class FaderProcessTest {
  private static final String MODEL = CommandLineRun.golden("models/llama").toString();

  @TempDir private Path folder;

  private record Ended(int exit, String out, String err) {}

  private ProcessBuilder fader(List<String> flags, String... arguments) {
    var all = Stream.concat(Stream.of("-Dfader.flopsPerSecond=1e10"), flags.stream()).toList();
    var command = FaderProcess.command(all, List.of(arguments));
    return new ProcessBuilder(command)
        .redirectOutput(folder.resolve("stdout").toFile())
        .redirectError(folder.resolve("stderr").toFile());
  }

  private Ended end(Process process) throws IOException, InterruptedException {
    FaderProcess.awaitEnd(process);
    return new Ended(
        process.exitValue(),
        Files.readString(folder.resolve("stdout")),
        Files.readString(folder.resolve("stderr"))
            .lines()
            .filter(line -> !isOfTheJvm(line))
            .reduce("", (a, b) -> a + b + "\n"));
  }

  /// The module that is not there is told of once, by the kernels.
  private static boolean isOfTheJvm(String line) {
    return line.contains("incubator") || line.contains("dev.fader.kernel");
  }

  /// A speed that is no number would be said as soon as the machine is measured.
  @Test
  void tuneIsCheckedBeforeTheMachineIsMeasured() throws IOException, InterruptedException {
    var data = Files.writeString(folder.resolve("ids.jsonl"), "{\"ids\":[5,6,7]}\n");
    var out = folder.resolve("out").toString();
    var line =
        List.of("tune", MODEL, "--data", data.toString(), "--out", out, "--targets", "q_prj");
    var ended =
        end(fader(List.of("-Dfader.flopsPerSecond=never"), line.toArray(String[]::new)).start());
    assertEquals(2, ended.exit, ended.err);
    assertTrue(ended.err.contains("q_prj"), ended.err);
  }

  /// Each would write over what the others write.
  @Test
  void demoRefusesToBeStartedSeveralTimesAtOnce() throws IOException, InterruptedException {
    var builder = fader(List.of(), "demo", "--out", "out");
    builder.environment().putAll(Map.of("OMPI_COMM_WORLD_RANK", "0", "OMPI_COMM_WORLD_SIZE", "2"));
    var ended = end(builder.start());
    assertEquals(1, ended.exit(), ended.err());
    assertEquals(
        "fader: fader demo works in one process, and 2 were started: start it without the launcher; fader train, tune, sweep and lab go over several\n",
        ended.err());
  }

  @Test
  void warningsOfTheLibraryAreOneLine() throws IOException, InterruptedException {
    var adapter = Files.createDirectory(folder.resolve("adapter"));
    var source = CommandLineRun.golden("adapters/lora-qv");
    var weights = "adapter_model.safetensors";
    Files.copy(source.resolve(weights), adapter.resolve(weights));
    var config = adapter.resolve("adapter_config.json");
    var json = Files.readString(source.resolve("adapter_config.json"));
    Files.writeString(config, json.replaceFirst("\\{", "{\"from_\\\\u001b_tomorrow\": 1,"));
    var ended =
        end(
            fader(
                    List.of(),
                    CommandLineRun.words("predict %s --adapter %s --ids 1,2", MODEL, adapter))
                .start());
    assertEquals(0, ended.exit(), ended.err());
    assertEquals(
        "fader: warning: %s: the field 'from_\uFFFD_tomorrow' is not known, and left out of account\n"
            .formatted(config),
        ended.err());
  }

  @Test
  void silentStandardInputIsReported() throws IOException, InterruptedException {
    var process = fader(List.of(), "generate", MODEL, "--max-tokens", "1").start();
    try (var input = process.outputWriter()) {
      var err = folder.resolve("stderr");
      while (process.isAlive() && !Files.readString(err).contains("waiting for the prompt")) {
        Thread.sleep(10);
      }
      input.write("some text\n");
    }
    var ended = end(process);
    assertEquals(2, ended.exit());
    assertEquals(
        "waiting for the prompt on standard input; < /dev/null is for none\n"
            + "fader: %s has no tokenizer.json, so it cannot read text: give --ids\n"
                .formatted(MODEL),
        ended.err());
  }

  private String[] training(Path out, String... more) throws IOException {
    var text = CommandLineRun.text(folder.resolve("text.txt"), 20_000);
    return Stream.concat(
            Stream.of(
                CommandLineRun.words(
                    "train --data %s --out %s --layers 1 --dim 16 --context 16"
                        + " --batch 2 --threads 1 --schedule constant",
                    text, out)),
            Arrays.stream(more))
        .toArray(String[]::new);
  }

  private Process train(Path out, String... more) throws IOException {
    return fader(List.of(), training(out, more)).start();
  }

  /// Waits until so many steps are in the log.
  private static void awaitSteps(Process process, Path out, long steps) throws Exception {
    var log = out.resolve("log.jsonl");
    while (process.isAlive() && (!Files.exists(log) || lines(log) < steps)) {
      Thread.sleep(2);
    }
    assertTrue(process.isAlive(), "it ended before it could be interrupted");
  }

  private static long lines(Path log) throws IOException {
    try (var lines = Files.lines(log, StandardCharsets.UTF_8)) {
      return lines.count();
    }
  }

  /// No step depends on how many there will be.
  private String[] trainingFor(long steps, Path out) throws IOException {
    return training(
        out,
        CommandLineRun.words(
            "--steps %s --warmup 5 --eval-every 1000000 --checkpoint-every 1000000", steps));
  }

  @Test
  void interruptSavesAndResumeEqualsUninterrupted() throws Exception {
    FaderProcess.assumeInterruptsArrive();
    var out = folder.resolve("interrupted");
    var vectors = List.of("--add-modules", "jdk.incubator.vector"); // as here
    var process = fader(vectors, trainingFor(100_000, out)).start();
    awaitSteps(process, out, 5);
    FaderProcess.interrupt(process);
    var stopped = end(process);
    assertEquals(130, stopped.exit());
    assertTrue(
        stopped.err().contains("go on with: ./fader train --resume --out " + out + "\n"),
        stopped.err());
    long steps = lines(out.resolve("log.jsonl"));
    assertTrue(steps < 100_000, "it stopped");
    assertTrue(
        Files.isDirectory(out.resolve("checkpoints/step-%08d".formatted(steps))),
        "the checkpoint of its last step, " + steps);

    var resumed = CommandLineRun.trainOnly(out, "--resume", "--steps", Long.toString(steps + 31));
    assertEquals(0, resumed.exit(), resumed.err());
    assertEquals("", resumed.err(), "the same arithmetic");
    var undisturbed = folder.resolve("undisturbed");
    assertEquals(0, CommandLineRun.of(trainingFor(steps + 31, undisturbed)).exit());
    assertArrayEquals(
        Files.readAllBytes(undisturbed.resolve("model.safetensors")),
        Files.readAllBytes(out.resolve("model.safetensors")));
  }

  @Test
  void outputIsLockedUntilKilled() throws Exception {
    var out = folder.resolve("out");
    var process = train(out, "--steps", "100000", "--warmup", "5", "--checkpoint-every", "5");
    awaitSteps(process, out, 12);
    FaderProcess.stop(process); // it has learned enough
    for (var again : List.of("--resume", "--overwrite")) {
      var refused = CommandLineRun.trainOnly(out, again, "--data", folder + "/text.txt");
      assertEquals(1, refused.exit());
      assertTrue(
          refused
              .err()
              .matches(
                  "fader: \\Q%s\\E is in use: process %d, started [-\\d]{10} [:\\d]{8} trains there; wait for its end, stop it, or choose another --out\n"
                      .formatted(out, process.pid())),
          refused.err());
    }
    process.destroyForcibly();
    FaderProcess.awaitEnd(process);
    long reached = lines(out.resolve("log.jsonl"));
    var resumed = CommandLineRun.trainOnly(out, "--resume", "--steps", Long.toString(reached + 3));
    assertEquals(0, resumed.exit(), resumed.err());
    assertEquals(reached + 3, lines(out.resolve("log.jsonl")));
  }

  @Test
  void secondInterruptExitsAtOnce() throws Exception {
    FaderProcess.assumeInterruptsArrive();
    var out = folder.resolve("out");
    // A step of many batches takes longer than it takes to interrupt twice.
    var process = train(out, "--steps", "50", "--accumulate", "20000");
    while (process.isAlive() && !Files.exists(out.resolve("log.jsonl"))) {
      Thread.sleep(2);
    }
    Thread.sleep(200);
    FaderProcess.interrupt(process);
    Thread.sleep(200);
    assertTrue(process.isAlive(), "the step goes on");
    FaderProcess.interrupt(process);
    assertEquals(130, end(process).exit());
    assertFalse(Files.exists(out.resolve("model.safetensors")));
  }

  @Test
  void brokenPipeExits() throws Exception {
    var builder =
        fader(
            List.of(),
            CommandLineRun.words("predict %s --ids 1,2,3 --positions 0,1,2 --all --json", MODEL));
    var process = builder.redirectOutput(ProcessBuilder.Redirect.PIPE).start();
    process.getInputStream().close();
    FaderProcess.awaitEnd(process);
    assertEquals(141, process.exitValue());
    var err = Files.readString(folder.resolve("stderr"));
    assertTrue(err.lines().allMatch(line -> line.startsWith("fader: warning: ")), err);
  }

  @Test
  void fullDeviceIsReported() throws Exception {
    var full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no " + full);
    var builder = fader(List.of(), "predict", MODEL, "--ids", "1", "--json");
    var process = builder.redirectOutput(full.toFile()).start();
    FaderProcess.awaitEnd(process);
    assertEquals(1, process.exitValue());
    assertTrue(
        Files.readString(folder.resolve("stderr"))
            .endsWith("fader: standard output: No space left on device\n"));
  }

  /// A limit on the size of files stands for a device without space.
  @Test
  void failedCheckpointLeavesNothing() throws Exception {
    var text = CommandLineRun.text(folder.resolve("text.txt"), 3000);
    var out = folder.resolve("out");
    var fader =
        fader(
            List.of("-XX:-UsePerfData"),
            CommandLineRun.words(
                "train --data %s --out %s --layers 1 --dim 128 --context 16"
                    + " --batch 1 --steps 2 --quiet",
                text, out));
    var command =
        Stream.concat(
                Stream.of("sh", "-c", "ulimit -f 1000; exec \"$@\"", "sh"),
                fader.command().stream())
            .toList();
    var ended = end(fader.command(command).start());
    assertEquals(1, ended.exit(), ended.err());
    assertTrue(
        ended
            .err()
            .matches(
                "fader: cannot save the checkpoint of step 1: .*; there is no earlier checkpoint\n"),
        ended.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void numbersIgnoreTheLocale() throws Exception {
    var text = CommandLineRun.text(folder.resolve("text.txt"), 3000);
    var out = folder.resolve("out");
    var trained =
        fader(
            List.of("-Duser.language=de", "-Duser.country=DE"),
            CommandLineRun.words(
                "train --data %s --out %s --layers 1 --dim 16 --context 16"
                    + " --batch 1 --steps 1 --lr 0.5",
                text, out));
    trained.environment().put("LC_ALL", "de_DE.UTF-8");
    var ended = end(trained.start());
    assertEquals(0, ended.exit(), ended.err());
    assertTrue(ended.err().contains("  lr 5.00e-01\n"), ended.err());
    assertTrue(ended.err().matches("(?s).*validation loss \\d\\.\\d{4} .*"), ended.err());
    var line = JsonMapper.shared().readTree(Files.readString(out.resolve("log.jsonl")));
    assertEquals(0.5, line.get("lr").doubleValue());
  }
}
