package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenderCommandTest {
  @TempDir private Path folder;
  private Path messages;

  @BeforeEach
  void someoneSpeaks() throws IOException {
    messages =
        Files.writeString(
            folder.resolve("messages.json"),
            "[{\"role\": \"user\", \"content\": \"H\u00e9 \\n\"}]");
  }

  private CommandLineRun render(String template, String... more) throws IOException {
    var file = Files.writeString(folder.resolve("t.jinja"), template);
    var arguments = new String[4 + more.length];
    arguments[0] = "render";
    arguments[1] = file.toString();
    arguments[2] = "--messages";
    arguments[3] = messages.toString();
    System.arraycopy(more, 0, arguments, 4, more.length);
    return CommandLineRun.of(arguments);
  }

  @Test
  void printsToTheByte() throws IOException {
    var run =
        render(
            "{{ bos_token }}{{ messages[0].content }}{% if add_generation_prompt %}>{% endif %}",
            "--set", "bos_token=<s>");
    assertEquals("", run.err());
    assertEquals("<s>H\u00e9 \n>", run.out());
    assertEquals("H\u00e9 \n", render("{{ messages[0].content }}").out());
    assertEquals("False", render("{{ add_generation_prompt }}", "--no-generation-prompt").out());
    assertEquals(
        "2026-01-02", render("{{ strftime_now('%F') }}", "--now", "2026-01-02T03:04:05").out());
  }

  @Test
  void jsonOutput() throws IOException {
    var run = render("{{ messages[0].content }}\n", "--json");
    assertEquals("{\"prompt\":\"H\u00e9 \\n\"}\n", run.out());
    assertEquals("H\u00e9 \n", run.json().path("prompt").asString());
  }

  @Test
  void toolsAreShown() throws IOException {
    var tools = Files.writeString(folder.resolve("tools.json"), "[{\"name\": \"f\"}]");
    assertEquals(
        "[{\"name\": \"f\"}]", render("{{ tools|tojson }}", "--tools", tools.toString()).out());
  }

  @Test
  void errorsNameTheLine() throws IOException {
    var file = folder.resolve("t.jinja");
    render("{{ raise_exception('Only one user') }}")
        .expect(1, file + ", line 1: refused by the template: Only one user");
    render("\n{% if %}").expect(1, file + ", line 2: expected an expression, got '%}'");
    CommandLineRun.of("render", folder.toString(), "--messages", messages.toString())
        .expect(1, folder + " has no chat template: name a .jinja file, or use 'fader generate'");
    CommandLineRun.of("render", folder + "/none", "--messages", messages.toString())
        .expect(1, folder + "/none: no such file or directory");
    var template = Files.writeString(file, "{{ 1 }}").toString();
    var directory = folder.toString();
    CommandLineRun.of("render", template, "--messages", directory)
        .expect(1, folder + ": is a directory, and a JSON file is needed");
    render("{{ 1 }}", "--tools", directory)
        .expect(1, folder + ": is a directory, and a JSON file is needed");
  }
}
