package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.generate.ChatSession;
import dev.fader.generate.ChatTemplate;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Session;
import dev.fader.generate.Temperature;
import dev.fader.grammar.Grammar;
import dev.fader.kernel.Engine;
import dev.fader.model.file.LoadedModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jline.reader.LineReaderBuilder;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class RunCommandTest {
  private static final String TEMPLATE =
      "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
          + "{% if add_generation_prompt %}[assistant]{% endif %}";

  @TempDir private Path folder;

  /// A model of bytes that has learnt next to nothing, for conversations of 512 bytes.
  private Path model(boolean chats) throws IOException {
    var text = CommandLineRun.text(folder.resolve("text.txt"), 5000);
    var out = folder.resolve("model");
    var run = CommandLineRun.trainBytes(text, out, 512);
    assertEquals(0, run.exit(), run.err());
    if (chats) {
      Files.writeString(out.resolve("chat_template.jinja"), TEMPLATE);
    }
    return out;
  }

  private static CommandLineRun run(Path model, String... more) {
    return CommandLineRun.of(
        Stream.concat(
                Stream.of("run", model.toString(), "--threads", "1", "--greedy"), Stream.of(more))
            .toArray(String[]::new));
  }

  @Test
  void answerAsJson() throws IOException {
    var json = run(model(true), "Who?", "--max-tokens", "3", "--json").json();
    assertEquals(3, json.path("ids").size(), json.toString());
    assertEquals("length", json.path("stop_reason").asString());
    assertTrue(json.path("text").isString() && json.path("prompt_tokens").asInt() > 0);
  }

  @Test
  void answerEqualsGenerateOnTheRenderedPrompt() throws IOException {
    var model = model(true);
    var answered =
        run(model, "Hi", "--system", "S", "--max-tokens", "20", "--verbose", "--context", "100");
    assertEquals(0, answered.exit(), answered.err());
    var written =
        CommandLineRun.ofLine(
            "generate %s --prompt [system]S[user]Hi[assistant] --greedy --max-tokens 20"
                + " --threads 1",
            model);
    assertEquals(written.out(), answered.out());
    assertTrue(
        answered
            .err()
            .matches(
                "prompt: 28 tokens, 0 of them known, \\d+ tokens/s; written: 20 tokens, \\d+"
                    + " tokens/s; context 47 of 100\n"),
        answered.err());
  }

  @Test
  void questionBeyondContextIsRefused() throws IOException {
    run(model(true), "x".repeat(100), "--context", "50")
        .expect(
            1, "117 tokens do not fit a context of 50, of which 0 are used: shorten the prompt");
    run(folder.resolve("model"), "x", "--context", "513")
        .expect(2, "--context is 513, and must be from 1 to the model's 512");
  }

  @Test
  void modelWithoutTemplateCompletes() throws IOException {
    var model = model(false);
    var answered = run(model, "Line", "--max-tokens", "10");
    var written =
        CommandLineRun.ofLine(
            "generate %s --prompt Line --greedy --max-tokens 10 --threads 1", model);
    assertEquals(written.out(), answered.out());
    assertEquals(
        "fader: %s has no chat template: it completes each text, without a history\n"
            .formatted(model),
        answered.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stories260k",
        "gguf/stories260k-f32.gguf",
        "gguf/stories260k-f16.gguf",
        "gguf/stories260k-q8_0.gguf"
      })
  void theGoldenStoryIsTold(String name) throws IOException {
    var shared = CommandLineRun.repository().resolveSibling("shared/golden");
    assumeTrue(Files.isDirectory(shared), () -> "skipped: no golden files at " + shared);
    var golden =
        JsonMapper.shared().readTree(Files.readAllBytes(shared.resolve("stories260k/golden.json")));
    var prompt = golden.get("prompt").stringValue();
    int all = golden.get("greedy_ids").size(); // the prompt among them
    var length = Integer.toString(all - golden.get("prompt_ids").size());
    var story = run(shared.resolve(name), prompt, "--max-tokens", length);
    assertEquals(0, story.exit(), story.err());
    var told = prompt + story.out().stripTrailing();
    var expected = golden.get("greedy_text").stringValue();
    // In eight bits the model is another one, and tells another story in the end.
    int same = name.contains("q8_0") ? 250 : expected.length();
    assertEquals(expected.substring(0, same), told.substring(0, Math.min(same, told.length())));
    assertTrue(told.length() >= same, told);
  }

  @Test
  void grammarSurvivesSettings() throws IOException {
    var answered = run(model(true), "Hi", "--grammar", "root ::= [a-c]{5}");
    assertEquals(0, answered.exit(), answered.err());
    assertTrue(answered.out().matches("[a-c]{5}\n"), answered.out());
    var grammar = Optional.of(Grammar.parse("root ::= \"a\""));
    var settings =
        new ChatSettings(
            new GenerationSettings(8, List.of("x"), List.of(7), SamplerSettings.DEFAULTS, grammar),
            false);
    settings.set("temperature", "0.5");
    settings.set("max-tokens", "9");
    assertEquals(
        new GenerationSettings(
            9,
            List.of("x"),
            List.of(7),
            SamplerSettings.DEFAULTS.withTemperature(new Temperature(0.5f)),
            grammar),
        settings.generation());
  }

  private String talked(Path model, String typed) throws IOException {
    var screen = new ByteArrayOutputStream();
    try (var engine = new Engine(1, Long.MAX_VALUE);
        var opened = LoadedModel.open(model, engine.memory());
        var session = new Session(opened.decoder(), engine.kernels(), engine.memory(), 200);
        var terminal =
            new DumbTerminal(
                new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)), screen)) {
      var chat =
          new ChatSession(
              session, opened.tokenizer().orElseThrow(), ChatTemplate.of(opened.path()));
      var settings =
          new GenerationSettings(8, List.of(), List.of(), SamplerSettings.DEFAULTS.greedy());
      var reader = LineReaderBuilder.builder().terminal(terminal).build();
      new ChatLoop(reader, chat, new ChatSettings(settings, false)).run();
    }
    return screen.toString(StandardCharsets.UTF_8).replace("\r", "");
  }

  @Test
  void conversationUntilBye() throws IOException {
    var model = model(true);
    var file = folder.resolve("talk.json");
    var screen =
        talked(
            model,
            """
            /system Be brief.
            /set verbose on
            /set max-tokens 3
            Hi
            \"""one
            two\"""
            /show
            /save %s
            /clear
            /load %s
            /load %s.none
            /load
            /load .
            /set verbose maybe
            /set nothing 1
            /set top-p 2
            /nonsense
            %s
            /help
            /bye
            after
            """
                .formatted(file, file, file, "long ".repeat(50)));
    assertTrue(screen.contains("system prompt set\n"), screen);
    assertTrue(screen.contains("; written: 3 tokens, "), screen);
    assertTrue(screen.contains("; context 38 of 200\n"), screen);
    assertTrue(screen.contains("messages     5\n"), screen);
    assertTrue(screen.contains("system       Be brief.\n"), screen);
    assertTrue(screen.contains("5 messages saved in " + file + "\n"), screen);
    assertTrue(screen.contains("5 messages loaded from " + file + "\n"), screen);
    assertTrue(screen.contains("fader: " + file + ".none: no such file or directory\n"), screen);
    assertTrue(screen.contains("name a file: /load talk.json\n"), screen);
    assertTrue(screen.contains(".: is a directory, and a JSON file is needed\n"), screen);
    assertTrue(screen.contains("verbose must be on or off, not 'maybe'\n"), screen);
    assertTrue(
        screen.contains("unknown setting 'nothing': the settings are temperature, "), screen);
    assertTrue(screen.contains("top-p is 2.0, and must be above 0 and at most 1\n"), screen);
    assertTrue(screen.contains("unknown command /nonsense; /help lists them\n"), screen);
    assertTrue(screen.contains(" tokens do not fit a context of 200"), screen);
    assertTrue(screen.contains("Ctrl-C              stops the answer\n"), screen);
    assertTrue(!screen.contains("after"), screen);
    var saved = JsonMapper.shared().readTree(Files.readAllBytes(file)).get("messages");
    assertEquals("one\ntwo", saved.get(3).get("content").stringValue());
    assertEquals("assistant", saved.get(4).get("role").stringValue());
    assertEquals(
        "{\"role\":\"system\",\"content\":\"Be brief.\"}",
        saved.get(0).toString(),
        "templates may go through the fields in their order");
  }

  @Test
  void quotedSlashIsNotACommand() throws IOException {
    var screen = talked(model(true), "\"\"\"/bye\"\"\"\n/show\n");
    assertTrue(screen.contains("messages     2\n"), screen);
  }

  @Test
  void promptPrefixIsReused() throws IOException {
    var screen = talked(model(true), "/set verbose on\nHi\nYou\n");
    // The second prompt begins with the first and, as far as it was text, its answer.
    var second = screen.lines().filter(line -> line.startsWith("prompt: ")).toList().getLast();
    int known = Integer.parseInt(second.replaceAll(".*tokens, (\\d+) of them.*", "$1"));
    assertTrue(known >= "[user]Hi[assistant]".length(), second);
  }

  @Test
  void controlCharactersAreShownAsDots() {
    assertEquals("a\u00b7[31mb\n\tc", WrittenText.printable("a\u001b[31mb\n\tc"));
  }
}
