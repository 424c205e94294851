package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What only a process of its own shows of talking: pipes, interrupts, a terminal.
@DisabledOnOs(OS.WINDOWS)
class RunProcessTest {
  @TempDir private static Path shared;
  private static Path model;

  @TempDir private Path folder;

  /// It never ends an answer by itself before its 16384 tokens.
  @BeforeAll
  static void aModelThatTalksLong() throws IOException {
    var text = CommandLineRun.text(shared.resolve("text.txt"), 20_000);
    model = shared.resolve("model");
    var run = CommandLineRun.trainBytes(text, model, 16384);
    assertEquals(0, run.exit(), run.err());
    Files.writeString(
        model.resolve("chat_template.jinja"), "{% for m in messages %}{{ m.content }}{% endfor %}");
  }

  private List<String> fader(String... more) {
    return command("run", more);
  }

  private List<String> command(String name, String... more) {
    var arguments =
        Stream.concat(
                Stream.of(name, model.toString(), "--logit-bias", "256-inf", "--threads", "1"),
                Stream.of(more))
            .toList();
    return FaderProcess.command(List.of(), arguments);
  }

  private Process start(List<String> command) throws IOException {
    var builder = new ProcessBuilder(command);
    builder.environment().put("XDG_STATE_HOME", folder.resolve("state").toString());
    builder.environment().put("TERM", "dumb");
    return builder
        .redirectOutput(folder.resolve("stdout").toFile())
        .redirectError(folder.resolve("stderr").toFile())
        .start();
  }

  private String out() throws IOException {
    return Files.readString(folder.resolve("stdout"), StandardCharsets.ISO_8859_1);
  }

  private String err() throws IOException {
    return Files.readString(folder.resolve("stderr"));
  }

  private void await(Process process, String text) throws Exception {
    long start = System.nanoTime();
    while (process.isAlive() && !out().contains(text)) {
      assertTrue(System.nanoTime() - start < 60_000_000_000L, () -> "no '" + text + "' comes");
      Thread.sleep(5);
    }
    var seen = out();
    assertTrue(seen.contains(text), () -> "it ended without '" + text + "': " + seen);
  }

  private static void type(Process process, String text) throws IOException {
    process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  @Test
  void questionFromPipe() throws Exception {
    var process = start(fader("--greedy", "--max-tokens", "5", "--verbose"));
    type(process, "one\ntwo\n");
    process.getOutputStream().close();
    FaderProcess.awaitEnd(process);
    assertEquals(0, process.exitValue(), err());
    assertTrue(err().contains("prompt: 7 tokens, 0 of them known"), err());
    assertTrue(out().endsWith("\n"), out());
  }

  private void interruptOnceItWrites(Process process) throws Exception {
    while (process.isAlive() && out().isEmpty()) {
      Thread.sleep(2);
    }
    assertTrue(process.isAlive(), err());
    FaderProcess.interrupt(process);
    FaderProcess.awaitEnd(process);
    assertEquals(130, process.exitValue(), err());
  }

  @Test
  void interruptStopsASingleAnswer() throws Exception {
    FaderProcess.assumeInterruptsArrive();
    var process = start(fader("x", "--context", "16384"));
    interruptOnceItWrites(process);
    assertTrue(out().length() < 16_000, "it stopped");
  }

  @Test
  void interruptStopsGenerate() throws Exception {
    FaderProcess.assumeInterruptsArrive();
    var process = start(command("generate", "--prompt", "x", "--max-tokens", "16000"));
    interruptOnceItWrites(process);
    assertTrue(err().contains("; written: "), err());
  }

  /// `script` gives it a terminal, whose line discipline makes a signal of Ctrl-C.
  @Test
  void ctrlCAtTerminalStopsOnlyTheAnswer() throws Exception {
    FaderProcess.assumeInterruptsArrive();
    assumeTrue(Files.exists(Path.of("/usr/bin/script")), "this system has no script(1)");
    var quoted =
        String.join(
            " ",
            fader("--context", "16384").stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .toList());
    // In place of the shell: one that waits gets Ctrl-C too, and dash then ends with 130 itself.
    var process = start(List.of("/usr/bin/script", "-qefc", "exec " + quoted, "/dev/null"));
    await(process, ">>> ");
    type(process, "tell\n");
    Thread.sleep(500);
    type(process, "\u0003");
    await(process, "(stopped)");
    type(process, "/show\n");
    await(process, "messages     2");
    type(process, "half a line\u0003");
    Thread.sleep(200);
    type(process, "/set top-k 7\n");
    await(process, "top-k is 7");
    type(process, "/bye\n");
    FaderProcess.awaitEnd(process);
    assertEquals(0, process.exitValue(), out());
    assertTrue(Files.readString(folder.resolve("state/fader/history")).contains("tell"));
  }
}
