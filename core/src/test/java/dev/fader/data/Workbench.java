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
          case Piece.Ids ids -> documents.add(Arrays.toString(ids.ids()));
          case Piece.Text text -> {
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
    try (var pieces = new Stories(7, count).open()) {
      for (int i = 0; i < count; i++) {
        told.add(i + " " + ((Piece.Text) pieces.next().orElseThrow()).text());
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
