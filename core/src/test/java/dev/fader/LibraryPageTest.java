package dev.fader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.DurableFile;
import dev.fader.format.JsonFile;
import dev.fader.format.SafetensorsContent;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.io.ByteArrayOutputStream;
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
import javax.tools.ToolProvider;
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

  /// Runs `main` of these classes, one after another. That of a compact source file cannot be named
  /// in another source.
  private static final String RUNNER =
      """
      void main(String[] programs) throws Exception {
        for (var program : programs) {
          IO.println("\\n> " + program);
          var type = Class.forName(program);
          var constructor = type.getDeclaredConstructor();
          constructor.setAccessible(true);
          var main = type.getDeclaredMethod("main");
          main.setAccessible(true);
          main.invoke(constructor.newInstance());
        }
      }
      """;

  /// Compiles all into the folder, each as a compact source file of its own: example 0, 1 and so
  /// on.
  private void compile(List<String> programs) throws IOException {
    var arguments =
        new ArrayList<>(List.of("-cp", String.join(File.pathSeparator, library()), "-proc:none"));
    arguments.addAll(List.of("-d", folder.toString()));
    arguments.add(Files.writeString(folder.resolve("Runner.java"), RUNNER).toString());
    for (int i = 0; i < programs.size(); i++) {
      var source = folder.resolve("Example" + i + ".java");
      arguments.add(Files.writeString(source, programs.get(i)).toString());
    }
    var told = new ByteArrayOutputStream();
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(null, told, told, arguments.toArray(String[]::new));
    assertEquals(0, failed, told::toString);
  }

  /// In one process, in this order.
  private Run run(List<String> flags, int... examples) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-XX:+UseSerialGC", "Runner"));
    for (int example : examples) {
      command.add("Example" + example);
    }
    var out = folder.resolve("out").toFile();
    var err = folder.resolve("err").toFile();
    var process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out)
            .redirectError(err)
            .start();
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), flags::toString);
    var run = new Run(Files.readString(out.toPath()), Files.readString(err.toPath()));
    assertEquals(0, process.exitValue(), () -> run.out + run.err);
    var written = run.out.split("\\R> Example\\d+\\R", -1);
    assertEquals(examples.length + 1, written.length, run.out);
    for (int i = 0; i < examples.length; i++) {
      assertFalse(written[i + 1].isBlank(), "example " + examples[i] + " writes: " + run.out);
    }
    return run;
  }

  private List<String> onClassPath(String... flags) {
    var path = String.join(File.pathSeparator, library()) + File.pathSeparator + folder;
    var all = new ArrayList<>(List.of("-cp", path, "-Xmx1g"));
    all.addAll(List.of(flags));
    return all;
  }

  @Test
  void everyProgramOfThePagesRuns() throws IOException, InterruptedException {
    var programs = new ArrayList<>(programs("docs/library.md"));
    assertEquals(10, programs.size());
    programs.addAll(programs("README.md"));
    assertEquals(11, programs.size());
    compile(programs);
    // What trains comes first: the compiler then knows the kernels, which are slow until it does.
    run(onClassPath("--add-modules", VECTORS), 0, 8, 10, 1, 2, 4, 5, 6, 7, 9);
    writeAdapter(); // of the model that the first has trained
    modulePath();
    withoutVectors();
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

  private void modulePath() throws IOException, InterruptedException {
    var path = String.join(File.pathSeparator, library());
    var flags = List.of("-p", path, "--add-modules", "dev.fader," + VECTORS, "-cp", folder + "");
    run(flags, 1);
  }

  private void withoutVectors() throws IOException, InterruptedException {
    var log = run(onClassPath("-XX:TieredStopAtLevel=1"), 1, 3).err;
    assertEquals(
        1, Pattern.compile("--add-modules " + VECTORS).matcher(log).results().count(), log);
  }
}
