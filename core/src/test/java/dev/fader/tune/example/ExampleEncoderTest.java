package dev.fader.tune.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.data.DataException;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExampleEncoderTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);
  private static final String TURNS =
      "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi <|im_end|>\"}, {\"role\": \"assistant\", \"content\": \"\\n\\nHö <|im_end|>\"}, {\"role\": \"user\", \"content\": \"?\"}, {\"role\": \"assistant\", \"content\": \"!\"}]}";

  @TempDir private Path folder;
  private Tokenizer tokenizer;

  @BeforeEach
  void load() throws IOException {
    tokenizer = Tokens.bytes(folder);
  }

  private ExampleEncoder.Settings plain() {
    return new ExampleEncoder.Settings(
        tokenizer.vocabularySize(),
        Optional.of(tokenizer),
        Optional.empty(),
        Optional.empty(),
        NOW);
  }

  private ExampleEncoder.Settings chat(String jinja) throws IOException {
    return new ExampleEncoder.Settings(
        tokenizer.vocabularySize(),
        Optional.of(tokenizer),
        Optional.of(Tokens.template(folder, jinja)),
        Optional.empty(),
        NOW);
  }

  private static ExampleEncoder.Settings with(ExampleEncoder.Settings settings, LossScope scope) {
    return new ExampleEncoder.Settings(
        settings.vocabulary(), settings.tokenizer(), settings.template(), Optional.of(scope), NOW);
  }

  private SourcedExample read(String line) throws IOException {
    var file = folder.resolve("a.jsonl");
    Files.writeString(file, line);
    try (var reader = ExampleReader.open(file)) {
      return reader.next().orElseThrow();
    }
  }

  /// The text of an example with what is learned between braces, after the number of its tokens.
  private String shown(ExampleEncoder.Settings settings, String line) throws IOException {
    return shown(new ExampleEncoder(settings).sequence(read(line)), settings.tokenizer().get());
  }

  private static String shown(TrainingExample example, Tokenizer tokenizer) {
    var runs = TextRun.of(example, tokenizer);
    assertEquals(
        tokenizer.decode(example.ids()),
        runs.stream().map(TextRun::text).collect(Collectors.joining()));
    assertEquals(example.length(), runs.stream().mapToInt(TextRun::tokens).sum());
    assertEquals(
        example.learnedTokens(),
        runs.stream().filter(TextRun::learned).mapToInt(TextRun::tokens).sum());
    return runs.stream()
        .map(run -> run.learned() ? "{" + run.text() + "}" : run.text())
        .collect(Collectors.joining());
  }

  private String error(ExampleEncoder.Settings settings, String line) throws IOException {
    var example = read(line);
    var message =
        assertThrows(DataException.class, () -> new ExampleEncoder(settings).sequence(example))
            .getMessage();
    return message.replace(folder + "/", "");
  }

  @Test
  void answersWithTheTokenThatEndsThem() throws IOException {
    var encoded = new ExampleEncoder(chat(Tokens.CHAT_ML)).sequence(read(TURNS));
    assertEquals(
        "<|im_start|>user\nHi <|im_end|><|im_end|>\n<|im_start|>assistant\n{\n\nHö <|im_end|><|im_end|>}\n<|im_start|>user\n?<|im_end|>\n<|im_start|>assistant\n{!<|im_end|>}\n",
        shown(encoded, tokenizer));
    // What a message says is never a special token: four turns begin and end.
    for (int special : List.of(257, 258)) {
      assertEquals(4, Arrays.stream(encoded.ids()).filter(id -> id == special).count());
    }
    assertEquals(folder.resolve("a.jsonl") + ":1", encoded.place().toString());
  }

  @Test
  void scopes() throws IOException {
    var settings = chat(Tokens.CHAT_ML);
    var last =
        "<|im_start|>user\nHi <|im_end|><|im_end|>\n<|im_start|>assistant\n\n\nHö <|im_end|><|im_end|>\n<|im_start|>user\n?<|im_end|>\n<|im_start|>assistant\n{!<|im_end|>}\n";
    assertEquals(last, shown(with(settings, LossScope.LAST), TURNS));
    assertEquals(last, shown(with(settings, LossScope.COMPLETION), TURNS));
    assertEquals(shown(settings, TURNS), shown(with(settings, LossScope.ASSISTANT), TURNS));
    assertEquals(
        "<|im_start|>{user\nHi<|im_end|>\n<|im_start|>assistant\nHo<|im_end|>\n}",
        shown(with(settings, LossScope.ALL), "{\"prompt\": \"Hi\", \"completion\": \"Ho\"}"));
    var weighted =
        "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\", \"weight\": 0}, {\"role\": \"user\", \"content\": \"b\"}, {\"role\": \"assistant\", \"content\": \"c\", \"weight\": 1}]}";
    assertEquals(
        "<|im_start|>assistant\na<|im_end|>\n<|im_start|>user\nb<|im_end|>\n<|im_start|>assistant\n{c<|im_end|>}\n",
        shown(settings, weighted));
  }

  @Test
  void promptsWithAndWithoutTemplate() throws IOException {
    var pair = "{\"prompt\": \"Hé\", \"completion\": \" hö\"}";
    assertEquals("Hé{ hö<|endoftext|>}", shown(plain(), pair));
    assertEquals("H{é hö<|endoftext|>}", shown(with(plain(), LossScope.ALL), pair));
    assertEquals(
        "<|im_start|>user\nHé<|im_end|>\n<|im_start|>assistant\n{ hö<|im_end|>}\n",
        shown(chat(Tokens.CHAT_ML), pair));
    assertEquals(
        "<|im_start|>assistant\na<|im_end|>\n<|im_start|>user\nb<|im_end|>\n<|im_start|>assistant\n{c<|im_end|>}\n",
        shown(
            chat(Tokens.CHAT_ML),
            "{\"prompt\": [{\"role\": \"assistant\", \"content\": \"a\"}, {\"role\": \"user\", \"content\": \"b\"}], \"completion\": \"c\"}"));
  }

  @Test
  void textsAndIds() throws IOException {
    // A text has nothing before its first token to predict it from.
    assertEquals("a{b<|im_end|><|endoftext|>}", shown(plain(), "{\"text\": \"ab<|im_end|>\"}"));
    assertEquals("a{b<|endoftext|>}", shown(chat(Tokens.CHAT_ML), "{\"text\": \"ab\"}"));
    assertEquals("a{bc}", shown(plain(), "{\"ids\": [97, 98, 99]}"));
    assertEquals("ab{c}", shown(plain(), "{\"prompt\": [97, 98], \"completion\": [99]}"));
    assertEquals(
        "a{bc}",
        shown(with(plain(), LossScope.ALL), "{\"prompt\": [97, 98], \"completion\": [99]}"));
    var none =
        new ExampleEncoder.Settings(384, Optional.empty(), Optional.empty(), Optional.empty(), NOW);
    var ids = new ExampleEncoder(none).sequence(read("{\"ids\": [383, 1]}"));
    assertArrayEquals(new int[] {383, 1}, ids.ids());
    assertEquals(1, ids.learnedTokens());
    assertEquals(
        "a.jsonl:1: token id 384 is not in the model's vocabulary of 384; check that the data was made for this model",
        error(none, "{\"ids\": [384, 1]}"));
    assertEquals(
        "a.jsonl:1: a text, and the model has no tokenizer; give token ids as \"ids\"",
        error(none, "{\"text\": \"a\"}"));
    assertEquals(
        "a.jsonl:1: there is nothing to learn in this example; remove it or give an answer",
        error(none, "{\"ids\": [3]}"));
  }

  @Test
  void instructions() throws IOException {
    var add = "{\"instruction\": \"Add\", \"input\": \"1, 2\", \"output\": \"3\"}";
    assertEquals(
        "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n### Instruction:\nAdd\n\n### Input:\n1, 2\n\n### Response:\n{3<|endoftext|>}",
        shown(plain(), add));
    assertEquals(
        "<|im_start|>user\nAdd\n1, 2<|im_end|>\n<|im_start|>assistant\n{3<|im_end|>}\n",
        shown(chat(Tokens.CHAT_ML), add));
    assertEquals(
        "a.jsonl:1: an instruction with a history, and the model has no chat template; put a chat_template.jinja beside it, or leave `history` out",
        error(
            plain(), "{\"instruction\": \"a\", \"output\": \"b\", \"history\": [[\"c\", \"d\"]]}"));
  }

  /// The token that ends a turn is learned also where the template writes it with the next turn.
  @Test
  void endsAreLearnedWhereverTheyAreWritten() throws IOException {
    var settings =
        chat(
            "{% for m in messages %}{% if not loop.first %}<|im_end|>{% endif %}{{ '<|im_start|>' + m.role + ':' + m.content }}{% endfor %}<|im_end|>{% if add_generation_prompt %}{{ '<|im_start|>assistant:' }}{% endif %}");
    assertEquals(
        "<|im_start|>user:Hi<|im_end|><|im_start|>assistant:{Ho<|im_end|>}",
        shown(settings, "{\"prompt\": \"Hi\", \"completion\": \"Ho\"}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          `{{ c.function.arguments | tojson }}`       | `{"city": "Rome"}`
          `{{ c.function.arguments.city }}`           | `Rome`
          `{{ 'json ' + c.function.arguments }}`      | `json {"city":"Rome"}`
          """)
  void argumentsAreTextOrObjectAsTheTemplateTakesThem(String written, String expected)
      throws IOException {
    var settings =
        chat(
            "{% for m in messages %}{{ '<' + m.role + '>' + m.content }}{% for c in m.tool_calls %}{{ c.function.name }} "
                + written
                + "{% endfor %}<|im_end|>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
    for (var arguments : List.of("\"{\\\"city\\\":\\\"Rome\\\"}\"", "{\"city\": \"Rome\"}")) {
      var line =
          "{\"messages\": [{\"role\": \"user\", \"content\": \"?\"}, {\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"weather\", \"arguments\": "
              + arguments
              + "}}]}]}";
      assertEquals(
          "<user>?<|im_end|><assistant>{weather " + expected + "<|im_end|>}",
          shown(settings, line));
    }
  }

  /// Some templates write calls only where there is no content, not even an empty one.
  @Test
  void contentIsNoneWhereTheTemplateWantsThat() throws IOException {
    var settings =
        chat(
            "{% for m in messages %}{{ '<' + m.role + '>' }}{% if m.content is none %}{% for c in m.tool_calls %}{{ c.function.name }}{% endfor %}{% else %}{{ m.content }}{% endif %}<|im_end|>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
    assertEquals(
        "<user>?<|im_end|><assistant>{weather<|im_end|>}",
        shown(
            settings,
            "{\"messages\": [{\"role\": \"user\", \"content\": \"?\"}, {\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{\"function\": {\"name\": \"weather\", \"arguments\": {}}}]}]}"));
  }

  @Test
  void conversationsThatCannotBeLearnedAreNamed() throws IOException {
    assertEquals(
        "a.jsonl:1: a conversation, and the model has no chat template; put a chat_template.jinja beside it, or write \"prompt\" and \"completion\"",
        error(plain(), TURNS));
    var refusing =
        chat(
            "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('No system.') }}{% endif %}{{ m.content }}{% endfor %}");
    assertEquals(
        "a.jsonl:1: the chat template does not take this conversation: chat_template.jinja, line 1: refused by the template: No system.",
        error(
            refusing,
            "{\"messages\": [{\"role\": \"system\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}"));
    assertEquals(
        "a.jsonl:1: the chat template writes nothing of what the assistant says here, so there is nothing to learn; remove the example",
        error(
            chat("{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}"), TURNS));
    assertEquals(
        "a.jsonl:1: the chat template leaves out that message 2 calls 'f'; take a template for tools, or remove the example",
        error(
            chat(Tokens.CHAT_ML),
            "{\"messages\": [{\"role\": \"user\", \"content\": \"f\"}, {\"role\": \"assistant\", \"content\": \"\", \"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": {}}}]}]}"));
    assertEquals(
        "a.jsonl:1: every answer has the weight 0, so there is nothing to learn; remove the example",
        error(
            chat(Tokens.CHAT_ML),
            "{\"messages\": [{\"role\": \"assistant\", \"content\": \"f\", \"weight\": 0}]}"));
    assertEquals(
        "a.jsonl:1: a preference pair, which is learned by comparing its answers; choose preference learning",
        error(plain(), "{\"chosen\": \"a b\", \"rejected\": \"a c\"}"));
    assertEquals(
        "a.jsonl:1: a text with a label, which is classified; choose classification",
        error(plain(), "{\"text\": \"a\", \"label\": \"b\"}"));
  }

  @Test
  void pairsShareTheirPrompt() throws IOException {
    var encoder = new ExampleEncoder(chat(Tokens.CHAT_ML));
    var pair =
        encoder.pair(read("{\"prompt\": \"Hi\", \"chosen\": \"Good\", \"rejected\": \"Bad\"}"));
    var prompt = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";
    assertEquals(prompt + "{Good<|im_end|>}\n", shown(pair.chosen(), tokenizer));
    assertEquals(prompt + "{Bad<|im_end|>}\n", shown(pair.rejected(), tokenizer));
    var text = read("{\"text\": \"a\"}");
    assertTrue(
        assertThrows(DataException.class, () -> encoder.pair(text))
            .getMessage()
            .endsWith(
                "a.jsonl:1: not a preference pair; preference learning needs \"chosen\" and \"rejected\""));
    assertTrue(
        assertThrows(DataException.class, () -> encoder.labelled(text))
            .getMessage()
            .endsWith("a.jsonl:1: no label; classification needs \"text\" and \"label\""));
  }

  @Test
  void labelledTextsAreAsTheTokenizerFramesThem() throws IOException {
    var encoder = new ExampleEncoder(plain());
    var labelled = encoder.labelled(read("{\"text\": \"ab\", \"label\": [\"x\", \"y\"]}"));
    assertArrayEquals(new int[] {97, 98}, labelled.ids());
    assertEquals(List.of("x", "y"), labelled.labels());
    assertTrue(labelled.several());
    var empty = read("{\"text\": \"\", \"label\": 1}");
    assertTrue(
        assertThrows(DataException.class, () -> encoder.labelled(empty))
            .getMessage()
            .endsWith("an empty text, which has no token to classify it by; remove it"));
  }

  /// SentencePiece puts a space before a text, so parts of a text cannot be encoded one by one.
  @Test
  void tokenizersThatPutASpaceBeforeTexts() throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.exists(root.resolve("mvnw"))) {
      root = root.getParent();
    }
    var file = root.resolveSibling("shared").resolve("golden/tokenizers/llama-spm.gguf");
    assumeTrue(Files.exists(file), () -> "skipped: no golden files at " + file);
    tokenizer = Tokenizer.load(file);
    var settings =
        chat(
            "{% for m in messages %}{% if m.role == 'user' %}{{ '<s>[INST] ' + m.content + ' [/INST]' }}{% else %}{{ ' ' + m.content + ' </s>' }}{% endif %}{% endfor %}");
    assertEquals(
        "<s> [INST] Say hello [/INST]{ Hello there! </s>}<s> [INST] More [/INST]{ No </s>}",
        shown(
            settings,
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Say hello\"}, {\"role\": \"assistant\", \"content\": \"Hello there!\"}, {\"role\": \"user\", \"content\": \"More\"}, {\"role\": \"assistant\", \"content\": \"No\"}]}"));
    var prompt = shown(plain(), "{\"prompt\": \"Say hello\", \"completion\": \" to me\"}");
    assertEquals("<s>Say hello{ to me</s>}", prompt.replace("<s> ", "<s>"));
  }
}
