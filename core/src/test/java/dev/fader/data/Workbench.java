package dev.fader.data;

import dev.fader.tokenizer.Tokenizer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/// What the tests of this package share: a folder with data, and corpora and datasets made of it.
final class Workbench {
  /// Ids 0 to 255 are bytes, 256 is the end of text.
  static final Tokenizer BYTES = Tokenizer.bytes();

  /// The tokenizer of bytes with these tokens around a text: ids 256 to 258 are `<|endoftext|>`,
  /// `<s>` and `</s>`.
  static Tokenizer framed(Path folder, String before, String after, String end) {
    try {
      Files.createDirectories(folder);
      BYTES.save(folder);
      var file = folder.resolve("tokenizer.json");
      var json = Files.readString(file);
      var added =
          "\"added_tokens\":[%s,%s,".formatted(addedToken(257, "<s>"), addedToken(258, "</s>"));
      var template =
          "{\"type\":\"TemplateProcessing\",\"single\":[%s{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}%s],\"special_tokens\":{%s,%s,%s}}"
              .formatted(
                  before.isEmpty() ? "" : special(before) + ",",
                  after.isEmpty() ? "" : "," + special(after),
                  ids(256, Tokenizer.END_OF_TEXT),
                  ids(257, "<s>"),
                  ids(258, "</s>"));
      Files.writeString(
          file,
          json.replace("\"added_tokens\":[", added)
              .replace("\"post_processor\":null", "\"post_processor\":" + template));
      Files.writeString(
          folder.resolve("tokenizer_config.json"),
          end.isEmpty() ? "{}" : "{\"eos_token\": \"%s\"}".formatted(end));
      return Tokenizer.load(folder);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static String addedToken(int id, String content) {
    return "{\"id\":%d,\"content\":\"%s\",\"special\":true,\"normalized\":false}"
        .formatted(id, content);
  }

  private static String special(String name) {
    return "{\"SpecialToken\":{\"id\":\"%s\",\"type_id\":0}}".formatted(name);
  }

  private static String ids(int id, String name) {
    return "\"%s\":{\"id\":\"%s\",\"ids\":[%d],\"tokens\":[\"%s\"]}"
        .formatted(name, name, id, name);
  }

  final Path folder;
  final List<String> announced = new ArrayList<>();

  Workbench(Path folder) {
    this.folder = folder;
  }

  Path cache() {
    return folder.resolve("cache");
  }

  String write(String name, String text) {
    return write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  String write(String name, byte[] bytes) {
    try {
      var file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
      return file.toString();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  static byte[] gzip(String text) {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    return packed.toByteArray();
  }

  Corpus corpus(String... data) {
    return corpus(Optional.empty(), data);
  }

  Corpus corpus(Optional<String> glob, String... data) {
    return Corpus.open(request(glob, "", data), announced::add);
  }

  Corpus.Request request(Optional<String> glob, String standardInput, String... data) {
    var input = new ByteArrayInputStream(standardInput.getBytes(StandardCharsets.UTF_8));
    return new Corpus.Request(List.of(data), glob, input, cache());
  }

  Dataset dataset(double fraction, String... data) {
    return dataset(Encoder.of(BYTES), fraction, data);
  }

  Dataset dataset(Encoder encoder, double fraction, String... data) {
    try (var corpus = corpus(data)) {
      var plan = new Dataset.Plan(encoder, fraction, cache(), 2);
      return Dataset.prepare(corpus, Optional.empty(), plan, announced::add);
    }
  }

  /// The documents of a corpus, texts as they are and ids as the list's text.
  static List<String> documents(Corpus corpus) {
    var documents = new ArrayList<String>();
    var document = new StringBuilder();
    try (var pieces = corpus.pieces()) {
      for (var piece = pieces.next(); piece.isPresent(); piece = pieces.next()) {
        switch (piece.get()) {
          case DocumentChunk.Ids ids -> documents.add(Arrays.toString(ids.ids()));
          case DocumentChunk.Text text -> {
            document.append(text.text());
            if (text.last()) {
              documents.add(document.toString());
              document.setLength(0);
            }
          }
        }
      }
    }
    return documents;
  }

  /// The documents of a token file of [#BYTES].
  static List<String> documents(TokenFile file) {
    var documents = new ArrayList<String>();
    for (long i = 0; i < file.documents(); i++) {
      var ids = new int[(int) (file.documentEnd(i) - file.documentStart(i))];
      file.copy(file.documentStart(i), ids, 0, ids.length);
      documents.add(BYTES.decode(ids).replace(Tokenizer.END_OF_TEXT, ""));
    }
    return documents;
  }

  /// All tokens of a file.
  static int[] tokens(TokenFile file) {
    var ids = new int[(int) file.tokens()];
    file.copy(0, ids, 0, ids.length);
    return ids;
  }

  /// Many documents that differ in text and length.
  static List<String> stories(int count) {
    var told = new ArrayList<String>();
    try (var pieces = new SyntheticStories(7, count).open()) {
      for (int i = 0; i < count; i++) {
        told.add(i + " " + ((DocumentChunk.Text) pieces.next().orElseThrow()).text());
      }
    }
    return told;
  }

  /// The documents as JSON lines.
  static String jsonLines(List<String> documents) {
    var lines = new StringBuilder();
    for (var document : documents) {
      var escaped = document.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
      lines.append("{\"text\": \"").append(escaped).append("\"}\n");
    }
    return lines.toString();
  }
}
