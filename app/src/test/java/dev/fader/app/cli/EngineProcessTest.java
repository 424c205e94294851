package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.Precision;
import dev.fader.kernel.parallel.Workers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The engine of products that a process has, or cannot have.
@DisabledOnOs(OS.WINDOWS)
class EngineProcessTest {
  @TempDir private Path folder;

  private Process fader(String name, List<String> flags, String... arguments) throws Exception {
    var all =
        Stream.concat(
            Stream.of(
                "-Dfader.flopsPerSecond=1e10",
                "--add-modules=jdk.incubator.vector",
                "-XX:TieredStopAtLevel=4"), // C1 makes an object of each vector
            flags.stream());
    return new ProcessBuilder(FaderProcess.command(all.toList(), List.of(arguments)))
        .redirectOutput(folder.resolve(name + ".out").toFile())
        .redirectError(folder.resolve(name + ".err").toFile())
        .start();
  }

  /// What it wrote to standard error, but for the JVM's word about the module.
  private String errors(String name) throws Exception {
    return Files.readString(folder.resolve(name + ".err"))
        .lines()
        .filter(line -> !line.contains("incubator"))
        .reduce("", (a, b) -> a + b + "\n");
  }

  @Test
  void enginesThatCannotBeHadAreOneLine() throws Exception {
    var file = folder.resolve("libdnnl.so.2").toString();
    var missing =
        fader("missing", List.of("-Dfader.onednn=" + file), "system", "--engine", "onednn");
    var unknown = fader("unknown", List.of("-Dfader.engine=mkl"), "system");
    FaderProcess.awaitEnd(missing);
    FaderProcess.awaitEnd(unknown);
    assertEquals(0, missing.exitValue());
    var reason =
        "oneDNN is not installed (%s cannot be opened; on Debian and Ubuntu: apt install libdnnl2)"
            .formatted(file);
    assertEquals(
        "fader: warning: the engine onednn is asked for, but %s\n".formatted(reason),
        errors("missing"));
    var system = Files.readString(folder.resolve("missing.out"));
    assertTrue(system.contains("engine     Java: %s\n".formatted(reason)), system);
    assertEquals(1, unknown.exitValue());
    assertEquals("fader: -Dfader.engine=mkl: must be auto, java or onednn\n", errors("unknown"));
  }

  @Test
  void interruptedTrainingInBfloat16IsSavedAndGoesOn() throws Exception {
    FaderProcess.assumeInterruptsArrive();
    try (var workers = Workers.of(1)) {
      var product =
          Kernels.choose(workers, EngineChoice.AUTOMATIC).in(Precision.BFLOAT16).product();
      assumeTrue(product.isInBfloat16(), () -> "skipped: products by " + product.engine());
    }
    var text = CommandLineRun.text(folder.resolve("text.txt"), 20_000);
    var out = folder.resolve("interrupted");
    var train = "train --data %s --out %s --layers 1 --dim 64 --context 16 --batch 2 --threads 1";
    var course = " --schedule constant --warmup 5 --eval-every 1000000 --keep-last --engine auto";
    var begin = train + course + " --precision bf16 --steps %s";
    var process = fader("begun", List.of(), CommandLineRun.words(begin, text, out, 100_000));
    var log = out.resolve("log.jsonl");
    while (process.isAlive() && (!Files.exists(log) || Files.readAllLines(log).size() < 5)) {
      Thread.sleep(2);
    }
    FaderProcess.interrupt(process);
    FaderProcess.awaitEnd(process);
    assertEquals(130, process.exitValue(), errors("begun"));
    int steps = Files.readAllLines(log).size();
    assertTrue(
        Files.isDirectory(out.resolve("checkpoints/step-%08d".formatted(steps))), errors("begun"));

    var more = new String[] {"--resume", "--engine", "auto", "--steps", "" + (steps + 7)};
    var resumed = CommandLineRun.trainOnly(out, more);
    assertEquals(0, resumed.exit(), resumed.err());
  }
}
