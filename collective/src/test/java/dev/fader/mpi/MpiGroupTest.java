package dev.fader.mpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Ranks under the launchers that are installed, in processes of their own: on a machine without,
/// these tests are skipped by name.
class MpiGroupTest {
  private static final long NO_HANG_SECONDS = 60;

  private enum Installed {
    OPEN_MPI(Launcher.MPIRUN, "mpirun.openmpi", "libmpi.so.40"),
    MPICH(Launcher.MPIEXEC, "mpiexec.hydra", "libmpich.so.12");

    final Launcher launcher;
    final String command;
    final String library;

    Installed(Launcher launcher, String command, String library) {
      this.launcher = launcher;
      this.command = command;
      this.library = library;
    }

    boolean isHere() {
      return List.of(System.getenv("PATH").split(File.pathSeparator)).stream()
          .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }
  }

  /// What came of a job, both streams of all ranks together.
  private record Outcome(int code, String told) {
    String line(String part) {
      return told.lines().filter(line -> line.contains(part)).findFirst().orElse(told);
    }
  }

  private static Outcome run(Installed mpi, int ranks, List<String> options, String... program)
      throws IOException, InterruptedException {
    assumeTrue(mpi.isHere(), () -> mpi.command + " is not installed");
    var command = new ArrayList<>(List.of(mpi.command, "-n", String.valueOf(ranks)));
    if (mpi == Installed.OPEN_MPI) {
      command.add("--oversubscribe");
    }
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx64m",
            "-Xmn4m"));
    command.addAll(options);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), RankProgram.class.getName()));
    command.addAll(List.of(program));
    var told = Files.createTempFile("ranks", ".txt");
    try {
      var builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(told.toFile());
      builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT", "1"); // as in containers
      builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
      var process = builder.start();
      boolean ended = process.waitFor(NO_HANG_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
      // With '?' for what is none: two ranks may write at once.
      var text = new String(Files.readAllBytes(told), StandardCharsets.UTF_8);
      assertTrue(ended, () -> "the job hangs: " + text);
      return new Outcome(process.exitValue(), text);
    } finally {
      Files.delete(told);
    }
  }

  /// Every operation at awkward sizes with messages of at most 1,000 bytes, and a virtual machine
  /// that survives what it throws of signals.
  @ParameterizedTest
  @EnumSource(Installed.class)
  void fourRanksExchangeBytes(Installed mpi) throws Exception {
    var outcome = run(mpi, 4, List.of(), "operations", mpi.launcher.name());
    assertEquals(0, outcome.code, outcome.told);
    assertTrue(outcome.told.contains(": 4 ranks, all well"), outcome.told);
  }

  /// Without a launcher's help.
  @Test
  void oneRankIsAGroup() throws Exception {
    var outcome = run(Installed.MPICH, 1, List.of(), "operations", Launcher.MPIEXEC.name());
    assertEquals(0, outcome.code, outcome.told);
    assertTrue(outcome.told.contains(": 1 ranks, all well"), outcome.told);
  }

  @ParameterizedTest
  @EnumSource(Installed.class)
  void aKilledRankEndsTheOthers(Installed mpi) throws Exception {
    long begin = System.nanoTime();
    var outcome = run(mpi, 2, List.of(), "ends", mpi.launcher.name(), "137");
    assertNotEquals(0, outcome.code, outcome.told);
    assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(25), outcome.told);
  }

  @Test
  void aRankThatFailsSaysWhy() throws Exception {
    var outcome = run(Installed.OPEN_MPI, 2, List.of(), "aborts", Launcher.MPIRUN.name());
    assertNotEquals(0, outcome.code, outcome.told);
    assertTrue(
        outcome.line("disk").matches("fader: rank 1 on \\S+: the disk is full"), outcome.told);
  }

  @Test
  void aRankThatDoesNotComeIsNamed() throws Exception {
    var outcome = run(Installed.MPICH, 3, List.of(), "missed", Launcher.MPIEXEC.name());
    assertNotEquals(0, outcome.code, outcome.told);
    assertTrue(
        outcome
            .line("does not come")
            .matches(
                "fader: rank 0 on (\\S+): rank 2 on \\1 does not come to where others have waited for 1 s: it hangs, or is too slow; jstack on its machine tells where it is"),
        outcome.told);
  }

  /// Each would train for itself.
  @Test
  void theLibraryOfAnotherLauncherIsRefused() throws Exception {
    assumeTrue(Installed.OPEN_MPI.isHere(), "Open MPI is not installed");
    var outcome =
        run(
            Installed.MPICH,
            2,
            List.of("-Dfader.mpi=" + Installed.OPEN_MPI.library),
            "operations",
            Launcher.MPIEXEC.name());
    assertNotEquals(0, outcome.code, outcome.told);
    assertTrue(
        outcome
            .line("has started")
            .matches(
                "mpiexec of MPICH has started 2 ranks, but Open MPI \\S+ \\(libmpi.so.40\\) connects 1: they are of different MPIs; start with the launcher of that library, or have the one of the launcher \\(on Debian and Ubuntu: apt install mpich; or name the file by -Dfader.mpi=FILE in FADER_OPTS\\)"),
        outcome.told);
  }

  @Test
  void aMissingLibraryIsRefused() throws Exception {
    var outcome =
        run(
            Installed.MPICH,
            2,
            List.of("-Dfader.mpi=libnowhere.so"),
            "operations",
            Launcher.MPIEXEC.name());
    assertNotEquals(0, outcome.code, outcome.told);
    assertTrue(
        outcome
            .line("has started")
            .startsWith(
                "mpiexec of MPICH has started 2 ranks, but there is no MPI to connect them: libnowhere.so: "),
        outcome.told);
  }
}
