package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.app.cli.Fader;
import dev.fader.tokenizer.BytePairTraining;
import dev.fader.tokenizer.Tokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TokenizeCommandTest {
  private static final String END = Tokenizer.END_OF_TEXT;
  @TempDir private Path folder;

  /// The bytes, then `ab` (256) and `abc` (257), then the end of a text (258). Nothing else lies in
  /// the directory, so no weights can be needed.
  @BeforeEach
  void learnTwoPieces() throws IOException {
    Tokenizer.trainBytePairs(BytePairTraining.ofSize(1000), List.of("abcd;abc", "ab", "xy"))
        .save(folder);
  }

  @Test
  void showsIdsPiecesAndCounts() {
    var run = run(folder, "--text", "abcd ab\n");
    assertEquals("", run.err());
    assertEquals(
        """
            257  abc
            100  d
             32  \u0120
            256  ab
             10  \u010A
        5 tokens, 8 characters, 8 bytes
        """,
        run.out());
    assertEquals(
        "    195  \u00C3\n    169  \u00A9\n2 tokens, 1 character, 2 bytes\n",
        run(folder, "--text", "\u00E9").out());
    assertEquals("0 tokens, 0 characters, 0 bytes\n", run(folder, "--text", "").out());
  }

  @Test
  void jsonMatchesText() {
    var json = run(folder.resolve("tokenizer.json"), "--text", "abc d", "--json").json();
    assertEquals(
        "{\"ids\":[257,32,100],\"pieces\":[\"abc\",\"\u0120\",\"d\"],\"count\":3}",
        json.toString());
    assertEquals(
        "{\"text\":\"abc d\",\"count\":3}",
        run(folder, "--decode", "257,32,100", "--json").json().toString());
  }

  @Test
  void fileAndStandardInputRoundTrip() throws IOException {
    var text = "abc \u00E9\r\n\n\uD83D\uDE00 ";
    var file = Files.writeString(folder.resolve("text"), text);
    var ids = ids(run(folder, file.toString(), "--json"));
    var standardInput = System.in;
    System.setIn(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    try {
      assertEquals(ids, ids(run(folder, "-", "--json")));
    } finally {
      System.setIn(standardInput);
    }
    var joined = ids.toString().replaceAll("[\\[\\] ]", "");
    var output = new StringWriter();
    assertEquals(
        0,
        Fader.run(
            new PrintWriter(output),
            new PrintWriter(new StringWriter()),
            "tokenize",
            folder.toString(),
            "--decode",
            joined));
    assertEquals(text, output.toString());
  }

  @Test
  void specialTokensAreTextByDefault() {
    assertFalse(ids(run(folder, "--text", "ab" + END, "--json")).contains(258));
    assertEquals(
        List.of(256, 258), ids(run(folder, "--text", "ab" + END, "--parse-special", "--json")));
    assertEquals("ab" + END, run(folder, "--decode", "256,258").out());
  }

  @Test
  void specialTokensAreAddedOnRequest() throws IOException {
    var resources = CommandLineRun.repository().resolve("core/src/test/resources/tokenizers");
    var bert = resources.resolve("bert.json");
    var root = JsonMapper.shared().readTree(bert.toFile());
    assertTrue(root.has("tokenizer"), "the case holds a tokenizer");
    var lone = Files.createDirectory(folder.resolve("bert")).resolve("tokenizer.json");
    JsonMapper.shared().writeValue(lone.toFile(), root.get("tokenizer"));
    var plain = pieces(run(lone, "--text", "a", "--json"));
    var framed = pieces(run(lone, "--text", "a", "--add-special", "--json"));
    assertEquals(plain.size() + 2, framed.size());
    assertEquals("[CLS]", framed.getFirst());
    assertEquals(plain, framed.subList(1, framed.size() - 1));
    assertEquals("[SEP]", framed.getLast());
  }

  @Test
  void controlCharactersAreEscapedAtTerminal() throws IOException {
    var characters = folder.resolve("characters");
    Tokenizer.characters(List.of("a\n\u001B\u202E")).save(characters);
    assertEquals(
        "      1  \\u{1B}\n      0  \\n\n      3  \\u{202E}\n3 tokens, 3 characters, 5 bytes\n",
        run(characters, "--text", "\u001B\n\u202E").out());
  }

  @Test
  void sentencePieceFilesAreRead() {
    var golden = CommandLineRun.repository().resolveSibling("shared/golden/stories260k");
    assumeTrue(Files.isDirectory(golden), () -> "skipped: no golden files at " + golden);
    var prompt = JsonMapper.shared().readTree(golden.resolve("golden.json").toFile());
    int[] expected =
        StreamSupport.stream(prompt.get("prompt_ids").spliterator(), false)
            .mapToInt(JsonNode::intValue)
            .toArray();
    for (var name : List.of("tokenizer.model", "tokenizer.json", "")) {
      var ids =
          ids(
              run(
                  golden.resolve(name),
                  "--text",
                  prompt.get("prompt").stringValue(),
                  "--add-special",
                  "--json"));
      assertArrayEquals(expected, ids.stream().mapToInt(id -> id).toArray(), name);
    }
  }

  @Test
  void wrongUseIsOneLine() throws IOException {
    run(folder).expect(2, "give exactly one of --text, --decode, a FILE and - for the text");
    run(folder, "--text", "a", "--decode", "1")
        .expect(2, "give exactly one of --text, --decode, a FILE and - for the text");
    run(folder, "--decode", "1", "--add-special")
        .expect(2, "--add-special and --parse-special are for texts: --decode takes ids as is");
    run(folder, "--decode", "0,259")
        .expect(2, "--decode 259 is not in the vocabulary of 259: give ids from 0 to 258");
    run(folder.resolve("no"), "--text", "a")
        .expect(1, folder.resolve("no") + ": no such file or directory");
    var empty = Files.createDirectory(folder.resolve("empty"));
    run(empty, "--text", "a")
        .expect(
            1,
            empty.resolve("tokenizer.json")
                + ": no tokenizer here; give a tokenizer.json or its directory");
    var latin = Files.write(folder.resolve("latin"), new byte[] {'a', (byte) 0xE9});
    run(folder, latin.toString())
        .expect(1, latin + ": not UTF-8; convert it, for example with iconv");
    for (var no : List.of(latin, Files.writeString(folder.resolve("some.txt"), "some text\n"))) {
      run(no, "--text", "a")
          .expect(
              1,
              no
                  + " is not a tokenizer: name a model directory, a tokenizer.json, a tokenizer.model, a"
                  + " vocab.txt with [UNK] among its lines, or a .gguf file");
    }
    var pieces = Files.writeString(empty.resolve("pieces.txt"), "[UNK]\na\n##b\n");
    assertEquals(List.of(1, 2), ids(run(pieces, "--text", "ab", "--json")));
  }

  private static CommandLineRun run(Path model, String... more) {
    var arguments = new String[2 + more.length];
    arguments[0] = "tokenize";
    arguments[1] = model.toString();
    System.arraycopy(more, 0, arguments, 2, more.length);
    return CommandLineRun.of(arguments);
  }

  private static List<Integer> ids(CommandLineRun run) {
    return StreamSupport.stream(run.json().get("ids").spliterator(), false)
        .map(JsonNode::intValue)
        .toList();
  }

  private static List<String> pieces(CommandLineRun run) {
    return StreamSupport.stream(run.json().get("pieces").spliterator(), false)
        .map(JsonNode::stringValue)
        .toList();
  }
}
