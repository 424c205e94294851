package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The program started several times at once by the launchers that are installed: on a machine
/// without, these tests are skipped by name.
class RankProcessTest {
  private static final long NO_HANG_SECONDS = 180; // on a busy machine, too
  private static final String MODEL = CommandLineRun.golden("models/llama").toString();

  private enum Installed {
    OPEN_MPI("mpirun.openmpi"),
    MPICH("mpiexec.hydra");

    final String command;

    Installed(String command) {
      this.command = command;
    }

    boolean isHere() {
      return List.of(System.getenv("PATH").split(File.pathSeparator)).stream()
          .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }
  }

  @TempDir private Path folder;

  private record Ended(int exit, String out, String err) {}

  /// The program on so many ranks.
  private Ended run(Installed mpi, int ranks, String line, Object... values) throws Exception {
    assumeTrue(mpi.isHere(), () -> mpi.command + " is not installed");
    var command = new ArrayList<>(List.of(mpi.command, "-n", Integer.toString(ranks)));
    if (mpi == Installed.OPEN_MPI) {
      command.add("--oversubscribe");
    }
    command.addAll(
        FaderProcess.command(
            List.of("--add-modules=jdk.incubator.vector", "-Dfader.flopsPerSecond=1e10"),
            List.of(CommandLineRun.words(line, values))));
    var out = folder.resolve("stdout");
    var err = folder.resolve("stderr");
    var builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT", "1"); // as in containers
    builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    builder.environment().put("OMPI_MCA_mpi_yield_when_idle", "1");
    var process = builder.start();
    boolean ended = process.waitFor(NO_HANG_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    assertTrue(ended, () -> "the job hangs: " + text(err));
    return new Ended(process.exitValue(), text(out), text(err));
  }

  /// With '?' for what is none: two ranks may write at once.
  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  /// Texts for one launcher, pairs of answers for the other.
  private Path examples(Installed mpi) throws IOException {
    var lines = new ArrayList<String>();
    for (int i = 0; i < 30; i++) {
      int first = 7 * i % 300;
      var ids = "[%d,%d,%d,%d]".formatted(first, first + 1, first + 2, first);
      lines.add(
          mpi == Installed.OPEN_MPI
              ? "{\"ids\":%s}".formatted(ids)
              : "{\"chosen\":%s,\"rejected\":[%d,%d,3]}".formatted(ids, first, first + 9));
    }
    return Files.write(folder.resolve("examples.jsonl"), lines);
  }

  /// Begun on three ranks, resumed on two: the first rank alone prints, and the bits are those of
  /// one process.
  @ParameterizedTest
  @EnumSource(Installed.class)
  void ranksTuneTheAdapterOfOneProcess(Installed mpi) throws Exception {
    var data = examples(mpi);
    var alone = folder.resolve("alone");
    var ranks = folder.resolve("ranks");
    var line =
        "tune %s --data %s --batch 2 --accumulate 3 --dropout 0.1 --eval-every 2 --schedule constant"
            + " --warmup 0 --threads 1 --lr 1e-3 --out %s --json --steps ";
    var whole = CommandLineRun.ofLine(line + 6, MODEL, data, alone);
    assertEquals(0, whole.exit(), whole.err());
    var first = run(mpi, 3, line + "4 --zero 1", MODEL, data, ranks);
    assertEquals(0, first.exit, first.err);
    assertTrue(first.err.startsWith("3 ranks on 1 machine, connected by "), first.err);
    assertEquals(1, first.err.lines().filter(told -> told.startsWith("step 4/4")).count());
    assertEquals("completed", JsonMapper.shared().readTree(first.out).get("ending").asString());
    var second = run(mpi, 2, "tune --resume --out %s --steps 6 --threads 1 --quiet --json", ranks);
    assertEquals(0, second.exit, second.err);
    assertEquals(6, JsonMapper.shared().readTree(second.out).get("steps").asInt());
    var file = "adapter_model.safetensors";
    assertArrayEquals(
        Files.readAllBytes(alone.resolve(file)), Files.readAllBytes(ranks.resolve(file)));
  }

  private static List<String> values(JsonNode objects, String... fields) {
    var values = new ArrayList<String>();
    objects.forEach(object -> {
      for (var field : fields) {
        values.add(object.required(field).asString());
      }
    });
    return values;
  }

  /// The first rank alone tells, and what it tells is what one process finds.
  @ParameterizedTest
  @EnumSource(Installed.class)
  void ranksSweepAsOneProcess(Installed mpi) throws Exception {
    var text = CommandLineRun.text(folder.resolve("text.txt"), 30_000);
    var alone = folder.resolve("alone");
    var ranks = folder.resolve("ranks");
    var line =
        "sweep --data %s --out %s --tokenizer bytes --context 16 --batch 2 --threads 1 --budget 2e7,4e7,8e7"
            + " --sizes 1x32,1x64,2x32 --check 2e8 --json";
    var one = CommandLineRun.ofLine(line, text, alone);
    assertEquals(0, one.exit(), one.err());
    var spread = run(mpi, 2, line, text, ranks);
    assertEquals(0, spread.exit, spread.err);
    assertTrue(spread.err.startsWith("2 ranks on 1 machine, connected by "), spread.err);
    var found = JsonMapper.shared().readTree(spread.out);
    assertEquals(
        values(one.json().get("runs"), "name", "loss", "training_loss"),
        values(found.get("runs"), "name", "loss", "training_loss"));
    assertEquals(one.json().get("law"), found.get("law"));
    assertEquals(one.json().get("check").get("loss"), found.get("check").get("loss"));
    for (var name : values(found.get("runs"), "name")) {
      assertEquals(
          1, spread.err.lines().filter(told -> told.startsWith(name + ": ")).count(), spread.err);
    }
    assertTrue(Files.exists(ranks.resolve("report.html")));
  }

  @ParameterizedTest
  @EnumSource(Installed.class)
  void ranksExperimentAsOneProcess(Installed mpi) throws Exception {
    var text = CommandLineRun.text(folder.resolve("text.txt"), 30_000);
    var line =
        "lab overfitting --data %s --out %s --sizes 1x16,1x32 --shares 0.05,1 --context 16 --tokens 1000"
            + " --threads 1 --quiet --json";
    var one = CommandLineRun.ofLine(line, text, folder.resolve("alone"));
    assertEquals(0, one.exit(), one.err());
    var spread = run(mpi, 2, line, text, folder.resolve("ranks"));
    assertEquals(0, spread.exit, spread.err);
    assertEquals(
        values(one.json().get("findings"), "share", "loss", "training_loss"),
        values(
            JsonMapper.shared().readTree(spread.out).get("findings"),
            "share",
            "loss",
            "training_loss"));
  }
}
