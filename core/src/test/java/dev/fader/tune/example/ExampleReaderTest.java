package dev.fader.tune.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.DataException;
import dev.fader.tune.example.Example.Chat;
import dev.fader.tune.example.Example.Completion;
import dev.fader.tune.example.Example.Instruction;
import dev.fader.tune.example.Example.Labelled;
import dev.fader.tune.example.Example.PlainText;
import dev.fader.tune.example.Example.Preference;
import dev.fader.tune.example.Example.TokenIds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExampleReaderTest {
  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    var file = folder.resolve(name);
    Files.writeString(file, text);
    return file;
  }

  private static List<SourcedExample> read(Path file) {
    var all = new ArrayList<SourcedExample>();
    try (var reader = ExampleReader.open(file)) {
      for (var next = reader.next(); next.isPresent(); next = reader.next()) {
        all.add(next.get());
      }
    }
    return all;
  }

  private Example one(String line) throws IOException {
    var all = read(file("one.jsonl", line));
    assertEquals(1, all.size());
    return all.getFirst().example();
  }

  /// The message of the error for a file, without its folder.
  private String error(String name, String text) throws IOException {
    var file = file(name, text);
    return assertThrows(DataException.class, () -> read(file))
        .getMessage()
        .replace(folder + "/", "");
  }

  private static Map<String, Object> message(Example example, int index) {
    return assertInstanceOf(Chat.class, example).conversation().messages().get(index);
  }

  @Test
  void messagesWithToolsAndThinking() throws IOException {
    var chat =
        one(
            """
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "Wea"}, {"type": "text", "text": "ther?"}]}, {"role": "assistant", "content": null, "thinking": "Look.", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{\\"city\\": \\"Rome\\"}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "sunny"}, {"role": "assistant", "content": "Sunny.", "reasoning_content": null}], "tools": [{"type": "function"}], "id": 3}
            """
                .strip());
    assertEquals("Weather?", message(chat, 0).get("content"));
    assertEquals("", message(chat, 1).get("content"));
    for (var name : List.of("thinking", "reasoning_content", "reasoning")) {
      assertEquals("Look.", message(chat, 1).get(name));
    }
    assertEquals("a", message(chat, 2).get("tool_call_id"));
    assertEquals(Map.of("role", "assistant", "content", "Sunny."), message(chat, 3));
    assertEquals(
        List.of(Map.of("type", "function")), ((Chat) chat).conversation().tools().orElseThrow());
    assertEquals(0, ((Chat) chat).given());
  }

  @Test
  void promptsAndCompletions() throws IOException {
    assertEquals(
        new Completion("1+1=", " 2"), one("{\"prompt\": \"1+1=\", \"completion\": \" 2\"}"));
    var chat =
        (Chat)
            one(
                """
                {"prompt": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}], "completion": [{"role": "assistant", "content": "d"}]}
                """
                    .strip());
    assertEquals(4, chat.conversation().messages().size());
    assertEquals(3, chat.given());
    var ids = (TokenIds) one("{\"prompt\": [1, 2], \"completion\": [3]}");
    assertArrayEquals(new int[] {1, 2, 3}, ids.ids());
    assertEquals(2, ids.given());
  }

  @Test
  void instructionsOfAlpaca() throws IOException {
    var instruction =
        (Instruction)
            one(
                """
                {"instruction": "Add", "input": "1, 2", "output": "3", "system": "Terse.", "history": [["Say a", "a"]], "text": "unused"}
                """
                    .strip());
    assertEquals(
        new Instruction("Terse.", List.of(new Completion("Say a", "a")), "Add", "1, 2", "3"),
        instruction);
    var messages = instruction.asChat().conversation().messages();
    assertEquals(
        List.of("system", "user", "assistant", "user", "assistant"),
        messages.stream().map(message -> message.get("role")).toList());
    assertEquals("Add\n1, 2", messages.get(3).get("content"));
    assertEquals(
        new Instruction("", List.of(), "Hi", "", "Ho"),
        one("{\"instruction\": \"Hi\", \"input\": null, \"output\": \"Ho\"}"));
  }

  @Test
  void conversationsOfShareGpt() throws IOException {
    var chat =
        one(
            """
            {"conversations": [{"from": "human", "value": "Weather?"}, {"from": "function_call", "value": "{\\"name\\": \\"weather\\", \\"arguments\\": {\\"city\\": \\"Rome\\"}}"}, {"from": "observation", "value": "sunny"}, {"from": "gpt", "value": "Sunny."}], "system": "Be kind.", "tools": "[{\\"name\\": \\"weather\\"}]"}
            """
                .strip());
    assertEquals(
        List.of("system", "user", "assistant", "tool", "assistant"),
        ((Chat) chat)
            .conversation().messages().stream().map(message -> message.get("role")).toList());
    assertEquals(
        List.of(
            Map.of(
                "type",
                "function",
                "function",
                Map.of("name", "weather", "arguments", Map.of("city", "Rome")))),
        message(chat, 2).get("tool_calls"));
    assertEquals(
        List.of(Map.of("name", "weather")), ((Chat) chat).conversation().tools().orElseThrow());
  }

  @Test
  void preferencesWithAndWithoutPrompt() throws IOException {
    var expected =
        new Preference(new Completion("Name a", " good one"), new Completion("Name a", " bad one"));
    assertEquals(
        expected,
        one("{\"prompt\": \"Name a\", \"chosen\": \" good one\", \"rejected\": \" bad one\"}"));
    assertEquals(
        expected, one("{\"chosen\": \"Name a good one\", \"rejected\": \"Name a bad one\"}"));
    // The first letters of two different words are no prompt.
    assertEquals(
        new Preference(new Completion("A", " bat"), new Completion("A", " ball")),
        one("{\"chosen\": \"A bat\", \"rejected\": \"A ball\"}"));
    var messages =
        (Preference)
            one(
                """
                {"prompt": "x", "chosen": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}], "rejected": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "z"}]}
                """
                    .strip());
    assertEquals(1, ((Chat) messages.chosen()).given());
    assertEquals("z", message(messages.rejected(), 1).get("content"));
    var answers =
        (Preference)
            one(
                """
                {"prompt": "x", "chosen": [{"role": "assistant", "content": "y"}], "rejected": [{"role": "assistant", "content": "z"}]}
                """
                    .strip());
    assertEquals("x", message(answers.chosen(), 0).get("content"));
    assertEquals(1, ((Chat) answers.chosen()).given());
    var ids = (Preference) one("{\"chosen\": [5, 6, 7], \"rejected\": [5, 8]}");
    assertEquals(1, ((TokenIds) ids.rejected()).given());
    var prompted = (Preference) one("{\"prompt\": [5], \"chosen\": [6, 7], \"rejected\": [8]}");
    assertArrayEquals(new int[] {5, 6, 7}, ((TokenIds) prompted.chosen()).ids());
  }

  @Test
  void textsLabelsAndIds() throws IOException {
    assertEquals(new PlainText("a\nb"), one("{\"text\": \"a\\nb\"}"));
    assertEquals(
        new Labelled(new PlainText("I love sunny days!"), List.of("positive"), false),
        one("{\"text\": \"I love sunny days!\", \"label\": \"positive\"}"));
    assertEquals(
        new Labelled(new PlainText(""), List.of("1", "true"), true),
        one("{\"text\": \"\", \"label\": [1, true]}"));
    assertEquals(
        new Labelled(new PlainText("x"), List.of(), true), one("{\"text\": \"x\", \"label\": []}"));
    assertEquals(
        new Labelled(new PlainText("x"), List.of("b", "a"), true),
        one("{\"text\": \"x\", \"labels\": [\"b\", \"a\", \"b\"]}"));
    assertTrue(((Labelled) one("{\"ids\": [3], \"labels\": [2]}")).several());
    assertArrayEquals(
        new int[] {3, 1, 2},
        ((TokenIds) one("{\"ids\": [3, 1, 2], \"text\": \"not this\"}")).ids());
    var labelled = (Labelled) one("{\"ids\": [3, 1], \"label\": 0}");
    assertArrayEquals(new int[] {3, 1}, ((TokenIds) labelled.content()).ids());
    assertEquals(List.of("0"), labelled.labels());
  }

  @Test
  void formatIsSaidInWords() throws IOException {
    try (var reader =
        ExampleReader.open(file("a.jsonl", "{\"prompt\": \"a\", \"completion\": \"b\"}"))) {
      reader.next();
      assertEquals("prompts and completions", reader.format().orElseThrow().words());
    }
  }

  @Test
  void jsonIsAListOrObjectsInARow() throws IOException {
    var list = read(file("list.json", "\uFEFF[{\"text\": \"a\"},\n\n{\"text\": \"b\"}]\n"));
    assertEquals(
        List.of(new PlainText("a"), new PlainText("b")),
        list.stream().map(SourcedExample::example).toList());
    assertEquals(3, list.getLast().place().line());
    var row = read(file("row.json", "{\"text\": \"a\"}\n{\"text\": \"b\"}"));
    assertEquals(folder.resolve("row.json") + ":2", row.getLast().place().toString());
    assertEquals(2, row.size());
  }

  @Test
  void tablesFollowRfc4180() throws IOException {
    var table =
        read(
            file(
                "a.csv",
                "\uFEFFtext,label,note\r\n\"a, \"\"b\"\"\r\nc\",x,\r\n\r\nplain,\"y\",\"\"\n"));
    assertEquals(
        List.of(
            new Labelled(new PlainText("a, \"b\"\r\nc"), List.of("x"), false),
            new Labelled(new PlainText("plain"), List.of("y"), false)),
        table.stream().map(SourcedExample::example).toList());
    assertEquals(List.of(2L, 5L), table.stream().map(row -> row.place().line()).toList());
    assertEquals(
        List.of(new PlainText("a"), new PlainText("b")),
        read(file("column.csv", "text\na\nb")).stream().map(SourcedExample::example).toList());
    var chat =
        read(
            file(
                "chat.csv",
                "messages\n\"[{\"\"role\"\": \"\"assistant\"\", \"\"content\"\": \"\"x\"\"}]\"\n"));
    assertEquals("x", message(chat.getFirst().example(), 0).get("content"));
  }

  @Test
  void gzippedFilesAreRead() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zipped = new GZIPOutputStream(bytes)) {
      zipped.write("\n{\"text\": \"a\"}\n".getBytes(StandardCharsets.UTF_8));
    }
    var file = folder.resolve("a.jsonl.gz");
    Files.write(file, bytes.toByteArray());
    assertEquals(2, read(file).getFirst().place().line());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"text": "a"   | `:1: broken JSON: `
          [1]            | `:1: not a JSON object; each line is one, such as {"messages": […]}`
          {"text":"a"} 1 | `:1: more than one JSON value; give each a line of its own`
          {"text":"a","text":"b"} | `:1: broken JSON: Duplicate Object property "text"`
          {"txt": "a", "n": 1} | `:1: no example in a known format: it has "txt", "n"; known are "messages", "prompt" with "completion", "instruction" with "output", "conversations", "chosen" with "rejected", "text", "text" with "label" or "labels", and "ids"`
          {}             | `:1: no example in a known format: it has no fields; known are`
          {"text": 3}    | `:1: ``text`` is the number 3; a text is needed`
          {"text": "a\\ud800b"} | `:1: ``text`` has half a character, \\ud800`
          {"text": ""}   | `:1: there is nothing to learn in this example; remove it or give an answer`
          {"ids": []}    | `:1: there is nothing to learn in this example; remove it or give an answer`
          {"ids": [1, -2]} | `:1: ``ids[1]`` is -2; a token id is needed`
          {"ids": [1, 99999999999]} | `:1: ``ids[1]`` is 99999999999; a token id is needed`
          {"ids": "x"}   | `:1: ``ids`` is a text; a list is needed`
          {"messages": []} | `:1: ``messages`` is empty; a conversation has messages`
          {"messages": [3]} | `:1: ``messages[0]`` is the number 3; an object is needed`
          {"messages": [{"content": "x"}]} | `:1: ``messages[0].role`` is missing; a text is needed`
          {"messages": [{"role": "user"}]} | `:1: ``messages[0].content`` is missing; a message of 'user' has a text`
          {"messages": [{"role": "user", "content": true}]} | `:1: ``messages[0].content`` is true; a text is needed`
          {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]} | `:1: ``messages[0].content[0].type`` is 'image_url'; only texts are learned`
          {"messages": [{"role": "user", "content": "x"}]} | `:1: no message of the assistant, so there is nothing to learn; give its answer`
          {"messages": [{"role": "assistant", "tool_calls": [{"function": {}}]}]} | `:1: ``messages[0].tool_calls[0].function.name`` is missing; a call names its function`
          {"messages": [{"role": "assistant", "content": "x"}], "tools": 3} | `:1: ``tools`` is the number 3; a list is needed`
          {"conversations": [{"from": "dog", "value": "x"}]} | `:1: ``conversations[0].from`` is 'dog'; known are human, gpt, system, function_call, observation and tool`
          {"conversations": [{"from": "function_call", "value": "x"}]} | `:1: ``conversations[0].value`` of a function_call is JSON such as {"name": …, "arguments": {…}}`
          {"prompt": "a", "completion": ""} | `:1: there is nothing to learn in this example; remove it or give an answer`
          {"prompt": 1, "completion": "b"} | `:1: ``prompt`` is the number 1; a text is needed`
          {"instruction": "a", "output": "b", "history": ["c"]} | `:1: ``history[0]`` is no pair of texts; give [instruction, output]`
          {"chosen": "a", "rejected": "a"} | `:1: chosen and rejected are the same, so neither is better; remove the example`
          {"chosen": "a", "rejected": [1]} | `:1: ``rejected`` is a list and ``chosen`` is a text; give both alike`
          {"text": "a", "label": 0.5} | `:1: ``label`` is the number 0.5; a text or a whole number is needed`
          {"text": "a", "label": [" "]} | `:1: ``label[0]`` is a text; a text or a whole number is needed`
          {"text": "a", "label": "\\u001b[2J"} | `:1: ``label`` is '\uFFFD[2J', with control characters or ends of lines; a label is printed, so leave them out`
          """)
  void wrongLinesAreNamed(String line, String expected) throws IOException {
    var message = error("a.jsonl", line);
    // Some go on with what the JSON parser says.
    assertEquals(
        "a.jsonl" + expected,
        message.substring(0, Math.min(message.length(), expected.length() + "a.jsonl".length())));
  }

  @Test
  void wrongFilesAreNamed() throws IOException {
    assertEquals("a.jsonl: empty; there is nothing to learn from", error("a.jsonl", ""));
    assertEquals(
        "a.jsonl: no examples in it; there is nothing to learn from", error("a.jsonl", "\n \n"));
    assertEquals(
        "a.json: no examples in it; there is nothing to learn from", error("a.json", "[]"));
    assertEquals(
        "a.txt: examples are read from .jsonl, .json and .csv; convert it to one of them",
        error("a.txt", "x"));
    assertEquals(
        "a.parquet: Parquet is not read; convert it, for example with: python -c \"import pandas; pandas.read_parquet('a.parquet').to_json('a.jsonl', orient='records', lines=True)\"",
        error("a.parquet", "PAR1"));
    assertEquals(
        "a.jsonl:3: here begin prompts and completions, and the lines before are plain texts; give each a file of its own",
        error("a.jsonl", "{\"text\": \"a\"}\n\n{\"prompt\": \"a\", \"completion\": \"b\"}"));
    assertEquals(
        "a.json:2: not a JSON object; the file is a list of them, such as [{\"messages\": […]}]",
        error("a.json", "[{\"text\": \"a\"},\n3]"));
    assertEquals(
        "a.json:2: more after the end of the list; put everything into one list",
        error("a.json", "[{\"text\": \"a\"}]\n{}"));
    var cut = error("a.json", "[{\"text\": \"a\"},\n{\"text\": ");
    assertEquals("a.json:2: broken JSON: Unexpected end-of-input", cut.substring(0, 46));
    var missing = folder.resolve("none.jsonl");
    assertEquals(
        missing + ": cannot be read: no such file; check the name",
        assertThrows(DataException.class, () -> ExampleReader.open(missing)).getMessage());
    var latin = folder.resolve("latin.jsonl");
    Files.write(latin, "{\"text\": \"é\"}".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(
        latin
            + ": not UTF-8: byte 0xE9 at offset 10; convert it, for example with: iconv -f ISO-8859-1 -t UTF-8",
        assertThrows(DataException.class, () -> read(latin)).getMessage());
  }

  @Test
  void wrongTablesAreNamed() throws IOException {
    assertEquals(
        "a.csv:3: 3 fields, and the header names 2 (text, label); put quotes around fields with commas",
        error("a.csv", "text,label\na,b\nc,d,e\n"));
    assertEquals(
        "a.csv:2: a quote opens here and is never closed; close it",
        error("a.csv", "text\n\"ab\nc"));
    assertEquals(
        "a.csv:3: text after a closing quote; double the quotes within a field",
        error("a.csv", "text\na\n\"b\"c\n"));
    assertEquals(
        "a.csv:2: a quote within a field; put the field into quotes and double those in it",
        error("a.csv", "text\na\"b\n"));
    assertEquals(
        "a.csv:1: two columns are called 'text'; rename one", error("a.csv", "text,text\na,b"));
    assertEquals(
        "a.csv:1: a column has no name in the header; name it", error("a.csv", "text,\na,b"));
  }

  @Test
  void foldersHoldFilesInOrder() throws IOException {
    Files.createDirectories(folder.resolve("data/b"));
    Files.createDirectories(folder.resolve("data/.git"));
    Files.createDirectories(folder.resolve("empty"));
    for (var name :
        List.of(
            "data/c.jsonl", "data/a.csv", "data/b/x.json", "data/README.md", "data/.git/y.json")) {
      file(name, "x");
    }
    assertEquals(
        List.of("data/a.csv", "data/b/x.json", "data/c.jsonl", "data/README.md"),
        ExampleFiles.find(List.of(folder.resolve("data"), folder.resolve("data/README.md")))
            .stream()
            .map(found -> folder.relativize(found).toString())
            .toList());
    var empty = folder.resolve("empty");
    assertEquals(
        empty + ": no .jsonl, .json or .csv in this folder; check the name",
        assertThrows(DataException.class, () -> ExampleFiles.find(List.of(empty))).getMessage());
    var none = folder.resolve("none");
    assertEquals(
        none + ": no such file or folder; check the name",
        assertThrows(DataException.class, () -> ExampleFiles.find(List.of(none))).getMessage());
    assertEquals(
        "no examples: name a .jsonl, .json or .csv, or a folder of them",
        assertThrows(DataException.class, () -> ExampleFiles.find(List.of())).getMessage());
  }

  /// Whatever a file holds, it is read or refused in one line.
  @Test
  void damagedFilesAreReadOrRefused() throws IOException {
    var whole =
        Map.of(
            "a.jsonl",
            "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"ä\"}]}, {\"role\": \"assistant\", \"content\": \"b\\u00e9\", \"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": \"{}\"}}]}], \"tools\": [1]}\n{\"conversations\": [{\"from\": \"gpt\", \"value\": \"x\"}]}\n",
            "a.json",
            "[{\"chosen\": [1, 2, 3], \"rejected\": [1, 2]}, {\"text\": \"a\", \"label\": [1, \"b\", true]}, {\"ids\": [1, 2e3]}]",
            "a.csv",
            "text,label\r\n\"a \"\"b\"\"\n\",c\r\nd,\"e\"\r\n",
            "b.json",
            "{\"instruction\": \"a\", \"output\": \"b\", \"history\": [[\"c\", \"d\"]]} {\"prompt\": \"a\", \"completion\": \"b\"}");
    var random = new Random(7);
    int refused = 0;
    for (int round = 0; round < 2000; round++) {
      for (var entry : whole.entrySet()) {
        byte[] bytes = entry.getValue().getBytes(StandardCharsets.UTF_8);
        for (int change = random.nextInt(1, 4); change > 0; change--) {
          bytes[random.nextInt(bytes.length)] =
              (byte)
                  (random.nextBoolean()
                      ? bytes[random.nextInt(bytes.length)]
                      : random.nextInt(256));
        }
        var file = folder.resolve(entry.getKey());
        Files.write(file, Arrays.copyOf(bytes, random.nextInt(1, bytes.length + 1)));
        try {
          read(file);
        } catch (DataException wrong) {
          refused++;
          int seen = round;
          assertEquals(1, wrong.getMessage().lines().count(), () -> seen + " " + wrong);
        }
      }
    }
    assertTrue(refused > 4000, "refused " + refused);
  }
}
