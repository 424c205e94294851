package dev.fader.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
  @TempDir Path folder;
  private Workbench bench;

  @BeforeEach
  void makeBench() {
    bench = new Workbench(folder);
  }

  private List<String> documents(String... data) {
    return documents(Optional.empty(), data);
  }

  private List<String> documents(Optional<String> glob, String... data) {
    try (var corpus = bench.corpus(glob, data)) {
      return Workbench.documents(corpus);
    }
  }

  private String error(String... data) {
    var failure = assertThrows(DataException.class, () -> documents(data));
    var message = failure.getMessage().replace(folder.toString(), "D");
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  @Test
  void textFileIsOneDocument() {
    var text = "Grüße, Wörld 🌍\r\nline two\n";
    assertEquals(List.of(text), documents(bench.write("a.txt", text)));
  }

  @Test
  void byteOrderMarkIsSkipped() {
    assertEquals(List.of("text"), documents(bench.write("a.txt", "\uFEFFtext")));
  }

  @Test
  void gzipIsDetectedByContents() {
    var text = "packed text\n".repeat(1000);
    assertEquals(List.of(text), documents(bench.write("a.txt.gz", Workbench.gzip(text))));
    assertEquals(List.of(text), documents(bench.write("b", Workbench.gzip(text))));
  }

  @Test
  void longTextIsChunkedWithoutLoss() {
    for (var unit : List.of("Line of text.\n", "word ", "unbroken", "🌍", "\n\n \n")) {
      var text = unit.repeat(3 * PlainTextReader.PIECE / unit.length() + 7);
      var name = bench.write("a.txt", text);
      assertEquals(List.of(text), documents(name), "made of " + unit);
      try (var corpus = bench.corpus(name)) {
        for (var piece : corpus.texts(Long.MAX_VALUE)) {
          assertTrue(piece.length() <= PlainTextReader.PIECE, "a piece of " + piece.length());
          assertFalse(Character.isLowSurrogate(piece.charAt(0)), "cut through a character");
        }
      }
    }
  }

  @Test
  void chunksEndAtLineBreaks() {
    var text = "first line\nsecond line\n\n  indented\nlast wor".toCharArray();
    assertEquals(
        "first line\nsecond line\n\n  indented\n".length(), PlainTextReader.cut(text, text.length));
    var indented = "one two three\n    four five\n    six".toCharArray();
    assertEquals(
        "one two three\n    four five\n".length(), PlainTextReader.cut(indented, indented.length));
    var words = "one two three four".toCharArray();
    assertEquals("one two three".length(), PlainTextReader.cut(words, words.length));
    var pairs = "🌍🌍".toCharArray();
    assertEquals(2, PlainTextReader.cut(pairs, 4));
    assertEquals(2, PlainTextReader.cut(pairs, 3));
  }

  @Test
  void endOfTextLinesSeparateDocuments() {
    var text =
        "one\n<|endoftext|>\ntwo <|endoftext|> still two\n<|endoftext|>\n\nthree\n<|endoftext|>";
    var expected = List.of("one\n", "two <|endoftext|> still two\n", "\nthree\n");
    assertEquals(expected, documents(bench.write("a.txt", text)));
    assertEquals(expected, documents(bench.write("b.txt", text + "\n")));
    var many = new ArrayList<String>();
    var file = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      many.add("Story %d, %s\n".formatted(i, "and more ".repeat(i % 40)));
      file.append(many.getLast()).append("<|endoftext|>\n");
    }
    assertEquals(many, documents(bench.write("c.txt", file.toString())));
  }

  @Test
  void jsonLinesAreOneDocumentEach() {
    var lines =
        """
        {"text": "one \\"quoted\\" \\u00e9"}

        {"id": {"deep": [1, {"text": "not this"}]}, "text": "two\\nlines", "more": null}\r
        {"text": ""}
        {"text": "three"}\
        """;
    var expected = List.of("one \"quoted\" é", "two\nlines", "", "three");
    assertEquals(expected, documents(bench.write("a.jsonl", lines)));
    assertEquals(expected, documents(bench.write("a.jsonl.gz", Workbench.gzip(lines))));
  }

  @Test
  void jsonLinesLongerThanBufferAreRead() {
    var first = "x".repeat(200_000);
    var second = "y".repeat(70_000);
    var name = bench.write("a.jsonl", Workbench.jsonLines(List.of(first, second, "z")));
    assertEquals(List.of(first, second, "z"), documents(name));
  }

  @Test
  void jsonLinesWithIdsAreRead() {
    var name =
        bench.write("a.jsonl", "{\"ids\": [1, 2, 3]}\n{\"text\": \"ignored\", \"ids\": [4]}\n");
    assertEquals(List.of("[1, 2, 3]", "[4]"), documents(name));
    try (var corpus = bench.corpus(name)) {
      assertTrue(corpus.holdsIds());
      var failure =
          assertThrows(DataException.class, () -> corpus.texts(Long.MAX_VALUE).forEach(text -> {}));
      assertEquals(
          name
              + ":1: token ids, not text, so no tokenizer can be trained on it; give `tokenizer` DIR",
          failure.getMessage());
    }
  }

  @Test
  void folderGivesVisibleTextFilesByPath() {
    bench.write("in/b.txt", "b");
    bench.write("in/a/z.txt", "az");
    bench.write("in/a.txt", "a");
    bench.write("in/c.jsonl", "{\"text\": \"c\"}");
    bench.write("in/.git/config", "hidden");
    bench.write("in/.hidden", "hidden");
    bench.write("in/empty.txt", "");
    bench.write("in/image.png", new byte[] {(byte) 0x89, 'P', 'N', 'G', 0, 1, 2});
    assertEquals(List.of("a", "az", "b", "c"), documents(folder.resolve("in").toString()));
    assertEquals(
        List.of("D/in: empty or binary files left out: 2 of 6"),
        bench.announced.stream().map(line -> line.replace(folder.toString(), "D")).toList());
  }

  @Test
  void globsSelectFiles() {
    bench.write("in/A.java", "A");
    bench.write("in/x/B.java", "B");
    bench.write("in/x/y/C.java", "C");
    bench.write("in/x/notes.txt", "notes");
    var in = folder.resolve("in").toString();
    assertEquals(List.of("A", "B", "C"), documents(in + "/**/*.java"));
    assertEquals(List.of("A"), documents(in + "/*.java"));
    assertEquals(List.of("B", "C"), documents(in + "/x/**/*.java"));
    assertEquals(List.of("B", "C"), documents(in + "/?/**/*.java"));
    assertEquals(List.of("A", "B", "C"), documents(Optional.of("*.java"), in));
    assertEquals(List.of("B"), documents(Optional.of("x/*.java"), in));
    assertEquals(List.of("A", "B", "notes", "C"), documents(Optional.of("*.{java,txt}"), in));
    assertEquals(List.of("A", "B", "notes", "C"), documents(Optional.of("**/*.{java,txt}"), in));
    assertEquals(List.of("A", "B"), documents(Optional.of("**/{A,B}.java"), in));
    assertEquals(List.of("B", "C"), documents(Optional.of("x/**/[!{n]*.{java,txt}"), in));
    assertEquals(
        "D/in: no text files like **/*.py in this folder; check the name", error(in + "/**/*.py"));
    assertEquals("glob [: Missing ']; write it like **/*.java", error(in + "/["));
  }

  @Test
  void standardInputIsRereadAndDeleted() throws IOException {
    try (var corpus =
        Corpus.open(bench.request(Optional.empty(), "from a pipe", "-"), bench.announced::add)) {
      assertEquals("standard input", corpus.name());
      assertEquals(List.of("from a pipe"), Workbench.documents(corpus));
      assertEquals(List.of("from a pipe"), Workbench.documents(corpus));
    }
    try (var left = Files.list(bench.cache())) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void standardInputDetectsJsonLines() {
    var lines = "{\"id\": 1, \"text\": \"one\"}\n{\"text\": \"two\"}\n";
    try (var corpus =
        Corpus.open(bench.request(Optional.empty(), lines, "-"), bench.announced::add)) {
      assertEquals(List.of("one", "two"), Workbench.documents(corpus));
      assertEquals(List.of("standard input: read as JSON lines"), bench.announced);
    }
    var code = "{ int text; }\n\"text\": 1";
    try (var corpus = Corpus.open(bench.request(Optional.empty(), code, "-"), line -> {})) {
      assertEquals(List.of(code), Workbench.documents(corpus));
    }
  }

  @Test
  void jdkSourcesLoseLicences() throws IOException {
    var home = folder.resolve("jdk");
    Files.createDirectories(home.resolve("lib"));
    try (var zip = new ZipOutputStream(Files.newOutputStream(home.resolve("lib/src.zip")))) {
      for (var name :
          List.of(
              "java.base/java/util/List.java",
              "java.base/java/lang/Byte.java",
              "java.sql/x.txt",
              "java.sql/java/sql/Date.java")) {
        zip.putNextEntry(new ZipEntry(name));
        var text = "/*\n * Copyright (c) 1995, Some Company.\n */\n\npackage " + name + ";\n";
        zip.write(text.getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    try (var corpus = Corpus.open(bench.request(Optional.empty(), "", "jdk"), home, line -> {})) {
      assertEquals(
          List.of(
              "package java.base/java/lang/Byte.java;\n",
              "package java.base/java/util/List.java;\n",
              "package java.sql/java/sql/Date.java;\n"),
          Workbench.documents(corpus));
    }
    var some = bench.request(Optional.of("java.base/java/util/**"), "", "jdk");
    try (var corpus = Corpus.open(some, home, line -> {})) {
      assertEquals(
          List.of("package java.base/java/util/List.java;\n"), Workbench.documents(corpus));
    }
    var none = bench.request(Optional.of("*.kt"), "", "jdk");
    var failure = assertThrows(DataException.class, () -> Corpus.open(none, home, line -> {}));
    assertEquals(
        "jdk: no Java files like *.kt in %s; try `glob` 'java.base/java/**'"
            .formatted(home.resolve("lib/src.zip")),
        failure.getMessage());
  }

  @Test
  void onlyLicenceCommentsAreRemoved() {
    assertEquals("class A {}", JdkSources.withoutLicence("/* Copyright X */\nclass A {}"));
    assertEquals(
        "/* About A. */ class A {}", JdkSources.withoutLicence("/* About A. */ class A {}"));
    assertEquals("/* Copyright", JdkSources.withoutLicence("/* Copyright"));
    assertEquals(
        "class A {} /* Copyright */", JdkSources.withoutLicence("class A {} /* Copyright */"));
  }

  @Test
  void jdkWithoutSourcesGivesStoriesWithNotice() {
    var announced = new ArrayList<String>();
    var request = bench.request(Optional.empty(), "", "jdk");
    try (var corpus = Corpus.open(request, folder, announced::add)) {
      var stories = Workbench.documents(corpus);
      assertEquals(20_000, stories.size());
      assertEquals(stories, Workbench.documents(corpus), "stories differ from telling to telling");
      assertTrue(stories.stream().distinct().count() > 19_900, "stories repeat");
      assertTrue(stories.stream().noneMatch(story -> story.contains("%")), "a blank is unfilled");
      long bytes = stories.stream().mapToLong(String::length).sum();
      assertEquals(1, (double) bytes / corpus.bytes(), 0.1, "the estimate of their size");
    }
    assertEquals(
        List.of(
            "jdk: this JDK has no %s, so the model learns from 20000 made-up stories instead"
                .formatted(folder.resolve("lib/src.zip"))),
        announced);
  }

  @Test
  void namesAreReadInOrder() {
    var b = bench.write("b.txt", "b");
    var a = bench.write("a.txt", "a");
    assertEquals(List.of("b", "a"), documents(b, a));
  }

  @Test
  void sampleIsSpreadEvenly() {
    var stories = Workbench.stories(1000);
    var name = bench.write("a.jsonl", Workbench.jsonLines(stories));
    try (var corpus = bench.corpus(name)) {
      var sample = new ArrayList<String>();
      corpus.texts(corpus.bytes() / 10).forEach(sample::add);
      // A tenth of the bytes of JSON, rounded down to a whole stride.
      assertEquals(91, sample.size());
      assertTrue(stories.indexOf(sample.getLast()) > 900, "the sample ends early");
      var all = new ArrayList<String>();
      corpus.texts(Long.MAX_VALUE).forEach(all::add);
      assertEquals(stories, all);
    }
  }

  @Test
  void fingerprintDependsOnContentsOnly() throws IOException {
    var first = Path.of(bench.write("a.txt", "some text"));
    var time = Files.getLastModifiedTime(first);
    String before = fingerprint(first.toString());
    assertEquals(before, fingerprint(bench.write("other name.txt", "some text")));
    bench.write("a.txt", "same size");
    Files.setLastModifiedTime(first, time);
    assertNotEquals(before, fingerprint(first.toString()), "equal size and time deceive it");
    var second = bench.write("b.txt", "b");
    assertNotEquals(
        fingerprint(first.toString(), second), fingerprint(second, first.toString()), "order");
    assertNotEquals(
        fingerprint(bench.write("x.txt", "{}")), fingerprint(bench.write("x.jsonl", "{}")), "form");
  }

  private String fingerprint(String... data) {
    try (var corpus = bench.corpus(data)) {
      return corpus.fingerprint();
    }
  }

  @Test
  void unusableSourcesAreNamed() {
    assertEquals(
        "D/missing.txt: no such file or folder; check the name, or use - for standard input",
        error(folder + "/missing.txt"));
    assertEquals("D/e.txt: empty; there is nothing to learn from", error(bench.write("e.txt", "")));
    assertEquals("D/no/*.txt: no folder D/no; check the name", error(folder + "/no/*.txt"));
    bench.write("void/empty", "");
    assertEquals(
        "D/void: no text files in this folder (empty or binary: 1)", error(folder + "/void"));
    assertEquals("no data: name a text, a folder, a .jsonl, - or jdk", error());
  }

  @Test
  void binaryDataIsRefused() {
    var image = new byte[300];
    image[0] = (byte) 0x89;
    assertEquals(
        "D/i.png: binary data, not text (a zero byte at offset 1); give text, .jsonl or either of them gzipped",
        error(bench.write("i.png", image)));
    var controls = "ab\u0001\u0002c";
    assertEquals(
        "D/c.bin: binary data, not text (2 control characters near offset 0); give text, .jsonl or either of them gzipped",
        error(bench.write("c.bin", controls)));
    assertEquals(
        List.of("page\fbreak\tand \u001b[1mbold"),
        documents(bench.write("t.txt", "page\fbreak\tand \u001b[1mbold")));
    var wide = "wide text".getBytes(StandardCharsets.UTF_16);
    assertEquals(
        "D/w.txt: UTF-16 text; convert it, for example with: iconv -f UTF-16 -t UTF-8",
        error(bench.write("w.txt", wide)));
    var late = "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    late[99_999] = 0;
    assertTrue(error(bench.write("late.txt", late)).contains("a zero byte at offset 99999"));
  }

  @Test
  void invalidUtf8IsNamed() {
    var advice = "; convert it, for example with: iconv -f ISO-8859-1 -t UTF-8";
    for (int before : new int[] {0, 1, 16_383, 16_384, 100_000}) {
      var latin = ("x".repeat(before) + "é tail").getBytes(StandardCharsets.ISO_8859_1);
      assertEquals(
          "D/l.txt: not UTF-8: byte 0xE9 at offset " + before + advice,
          error(bench.write("l.txt", latin)));
    }
    var cut = Arrays.copyOf("ab🌍".getBytes(StandardCharsets.UTF_8), 5);
    assertEquals(
        "D/t.txt: not UTF-8: byte 0xF0 at offset 2" + advice, error(bench.write("t.txt", cut)));
    var lines =
        "{\"text\": \"ok\"}\n{\"text\": \"\u00e9\"}\n".getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(
        "D/l.jsonl: not UTF-8: byte 0xE9 at offset 25" + advice,
        error(bench.write("l.jsonl", lines)));
  }

  @Test
  void truncatedGzipIsNamed() {
    var packed = Workbench.gzip("some text ".repeat(1000));
    var half = Arrays.copyOf(packed, packed.length / 2);
    assertTrue(error(bench.write("h.gz", half)).startsWith("D/h.gz: not whole gzip data ("));
    packed[packed.length - 6] ^= 1;
    assertTrue(error(bench.write("c.gz", packed)).startsWith("D/c.gz: not whole gzip data ("));
    assertTrue(error(bench.write("m.gz", new byte[] {0x1f, (byte) 0x8b})).startsWith("D/m.gz: "));
  }

  @Test
  void unsupportedKeysAreNamed() {
    var read = "\"text\" (a string) and \"ids\" (an array of token ids)";
    var chat =
        ": chats and instructions are what a model is tuned with; only %s are read to train on; tune a model with them, or write each conversation as one {\"text\": \"…\"}"
            .formatted(read);
    var messages = "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}";
    assertEquals(
        "D/l.jsonl:2: the line has \"messages\"" + chat, line("{\"text\": \"a\"}\n" + messages));
    assertEquals(
        "D/l.jsonl:1: the line has \"id\", \"prompt\", \"completion\"" + chat,
        line("{\"id\": 1, \"prompt\": \"a\", \"completion\": {\"text\": \"b\"}}"));
    var neither =
        ", and neither \"text\" (a string) nor \"ids\" (an array of token ids), which are read";
    assertEquals(
        "D/l.jsonl:1: the line has \"content\"" + neither + ": rename \"content\" to \"text\"",
        line("{\"content\": \"a\"}"));
    assertEquals(
        "D/l.jsonl:1: the line has \"txt\"" + neither + "; give the text under \"text\"",
        line("{\"txt\": \"a\"}"));
    assertEquals(
        "D/l.jsonl:1: the line has \"%s…\", \"(control characters)\"%s; give the text under \"text\""
            .formatted("k".repeat(40), neither),
        line("{\"%s\": 1, \"\\u001b[2J\": 2}".formatted("k".repeat(100))));
  }

  @Test
  void badLinesAreNamed() {
    var advice = "; each line is one object like {\"text\": \"…\"} or {\"ids\": [1, 2, 3]}";
    assertEquals("D/l.jsonl:3: not a JSON object" + advice, line("{\"text\": \"a\"}\n\n[1]"));
    assertEquals("D/l.jsonl:1: neither \"text\" nor \"ids\"" + advice, line("{}"));
    assertEquals("D/l.jsonl:1: \"text\" is not a string" + advice, line("{\"text\": 1}"));
    assertEquals("D/l.jsonl:1: \"ids\" is not an array" + advice, line("{\"ids\": 1}"));
    assertEquals(
        "D/l.jsonl:1: \"ids\" holds 1.5, not a whole number" + advice, line("{\"ids\": [1.5]}"));
    assertEquals("D/l.jsonl:1: more than one JSON value" + advice, line("{\"text\": \"a\"} {}"));
    assertEquals(
        "D/l.jsonl:1: \"text\" has half a character, \\ud800" + advice,
        line("{\"text\": \"\\ud800x\"}"));
    for (var broken :
        List.of(
            "{\"text\": \"a",
            "{\"ids\": [1, 2",
            "{text: 1}",
            "{\"ids\": [99999999999]}",
            "{\"a\":" + "[".repeat(9999))) {
      assertTrue(line(broken).startsWith("D/l.jsonl:1: broken JSON: "), line(broken));
    }
  }

  private String line(String lines) {
    return error(bench.write("l.jsonl", lines));
  }
}
