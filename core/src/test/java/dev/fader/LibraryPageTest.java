package dev.fader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.DurableFile;
import dev.fader.format.JsonFile;
import dev.fader.format.SafetensorsContent;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The programs of `docs/library.md` and of the README, run as they stand there: on the class path
/// and on the module path, with vectors and without.
class LibraryPageTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Pattern PROGRAM = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final String VECTORS = "jdk.incubator.vector";

  @TempDir private Path folder;

  private record Run(String out, String err) {}

  private static List<String> programs(String page) throws IOException {
    var text = Files.readString(ROOT.resolve(page));
    return PROGRAM.matcher(text).results().map(match -> match.group(1)).toList();
  }

  /// What an application that depends on the library has: it and its one dependency.
  private static List<String> library() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry ->
            entry.endsWith("core" + File.separator + "target" + File.separator + "classes")
                || entry.contains("jackson"))
        .toList();
  }

  private Run run(String program, List<String> flags) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.add("-XX:+UseSerialGC");
    command.add(Files.writeString(folder.resolve("Example.java"), program).toString());
    var out = folder.resolve("out").toFile();
    var err = folder.resolve("err").toFile();
    var process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out)
            .redirectError(err)
            .start();
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), program);
    var run = new Run(Files.readString(out.toPath()), Files.readString(err.toPath()));
    assertEquals(0, process.exitValue(), () -> program + run.out + run.err);
    assertFalse(run.out.isBlank(), program);
    return run;
  }

  private static List<String> onClassPath(String... flags) {
    var all = new ArrayList<>(List.of("-cp", String.join(File.pathSeparator, library()), "-Xmx1g"));
    all.addAll(List.of(flags));
    return all;
  }

  @Test
  void everyProgramOfThePagesRuns() throws IOException, InterruptedException {
    var programs = new ArrayList<>(programs("docs/library.md"));
    assertEquals(7, programs.size());
    programs.addAll(programs("README.md"));
    assertEquals(8, programs.size());
    for (var program : programs) {
      // What trains is slow without the optimizing compiler, and what only opens a model with it.
      int compiler = program.contains("Trainer") ? 4 : 1;
      run(program, onClassPath("--add-modules", VECTORS, "-XX:TieredStopAtLevel=" + compiler));
      if (Files.notExists(folder.resolve("dogs"))) {
        writeAdapter(); // of the model that the first program has trained
      }
    }
    modulePath(programs.get(1));
    withoutVectors(programs.get(1));
  }

  /// LoRA of one projection.
  private void writeAdapter() throws IOException {
    var cats = JsonFile.read(folder.resolve("cats").resolve("config.json"));
    long width = cats.get("hidden_size").longValue();
    var adapter = Files.createDirectory(folder.resolve("dogs"));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        """
        {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["o_proj"],
         "layers_to_transform": [0], "task_type": "CAUSAL_LM"}
        """);
    try (var arena = TensorMemory.unlimited().open("adapter")) {
      var tensors = new LinkedHashMap<String, Tensor>();
      String module = "base_model.model.model.layers.0.self_attn.o_proj.";
      tensors.put(module + "lora_A.weight", ramp(arena.floats(2, width)));
      tensors.put(module + "lora_B.weight", ramp(arena.floats(width, 2)));
      DurableFile.write(
          adapter.resolve("adapter_model.safetensors"), new SafetensorsContent(tensors));
    }
  }

  private static Tensor ramp(Tensor tensor) {
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.set(i, (i % 7 - 3) * 0.01f);
    }
    return tensor;
  }

  private void modulePath(String program) throws IOException, InterruptedException {
    var path = String.join(File.pathSeparator, library());
    run(
        program,
        List.of("-p", path, "--add-modules", "dev.fader," + VECTORS, "-XX:TieredStopAtLevel=1"));
  }

  private void withoutVectors(String program) throws IOException, InterruptedException {
    var log = run(program, onClassPath("-XX:TieredStopAtLevel=1")).err;
    assertEquals(
        1, Pattern.compile("--add-modules " + VECTORS).matcher(log).results().count(), log);
  }
}
