package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
            List.of("-Dfader.flopsPerSecond=1e10"), List.of(CommandLineRun.words(line, values))));
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
    var whole = run(mpi, 1, line + 6, MODEL, data, alone); // with the kernels of the others
    assertEquals(0, whole.exit, whole.err);
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

  /// The first of the ranks alone tells it, though all of them find it.
  @ParameterizedTest
  @EnumSource(Installed.class)
  void misuseIsToldOnce(Installed mpi) throws Exception {
    var out = folder.resolve("out");
    assertToldOnce(
        run(mpi, 3, "tune %s --data %s", MODEL, examples(mpi)),
        "--out is missing; see fader tune --help");
    assertToldOnce(
        run(mpi, 3, "tune %s --data %s --out %s --zero 2", MODEL, examples(mpi), out),
        "--zero 2 shares out gradients of a whole model, and tune shares out what the optimizer remembers: choose --zero 1");
    assertToldOnce(
        run(mpi, 3, "tune %s --data %s --show 1", MODEL, examples(mpi)),
        "fader tune --show works in one process, and 3 were started: start it without the launcher; fader train, tune, sweep and lab go over several");
    assertToldOnce(
        run(mpi, 3, "train --data %s --out %s --sync-every never", examples(mpi), out),
        "--sync-every never is no whole number: give one such as 50");
    assertFalse(Files.exists(out), "something was written");
  }

  private static void assertToldOnce(Ended ended, String message) {
    assertTrue(ended.exit != 0, ended.err);
    assertEquals("", ended.out);
    var told = ended.err.lines().filter(line -> line.contains("fader: ")).toList();
    assertEquals(1, told.size(), ended.err);
    assertTrue(told.getFirst().endsWith(message), ended.err);
  }
}
