package dev.fader.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// One place that documents come from. It is read several times: for its checksum, to train a
/// tokenizer, and to be tokenised.
sealed interface Source permits Source.TextFile, Source.Texts, JdkSources, SyntheticStories {
  /// Its name in messages.
  String name();

  /// Its size in bytes of text, or an estimate where only reading it all would tell.
  long bytes();

  /// Updates the digest with everything that determines the documents, without file names.
  void digest(MessageDigest digest);

  /// The chunks of its documents, from the first.
  DocumentReader open();

  /// A file with one document of text, or with one document a line; either may be gzipped.
  record TextFile(Path file, String name, boolean jsonLines) implements Source {
    /// Assumed compression ratio of gzip where only the compressed size is known.
    private static final int GZIP_RATIO = 4;

    private static final Pattern JSON_LINE =
        Pattern.compile("\\s*\\{[^\n]*\"(text|ids|messages|conversations)\"\\s*:");

    @Override
    public long bytes() {
      try (var input = Files.newInputStream(file)) {
        long size = Files.size(file);
        return Utf8Text.isGzip(input.readNBytes(2)) ? size * GZIP_RATIO : size;
      } catch (IOException failed) {
        throw DataException.unreadable(name, failed);
      }
    }

    @Override
    public void digest(MessageDigest digest) {
      digest.update((jsonLines ? "lines" : "text").getBytes(StandardCharsets.UTF_8));
      digestFile(file, name, digest);
    }

    @Override
    public DocumentReader open() {
      var text = Utf8Text.open(file, name);
      return jsonLines ? new JsonLinesReader(name, text) : new PlainTextReader(name, text);
    }

    /// Whether it looks like JSON lines, for input without a file name.
    boolean startsWithObject() {
      try (var input = Utf8Text.unpacked(file, name)) {
        var start = new String(input.readNBytes(1 << 12), StandardCharsets.UTF_8);
        return JSON_LINE.matcher(start).lookingAt();
      } catch (IOException failed) {
        throw DataException.unreadable(name, failed);
      }
    }
  }

  /// Texts in memory, each a document.
  record Texts(List<String> texts) implements Source {
    @Override
    public String name() {
      return "%d text%s".formatted(texts.size(), texts.size() == 1 ? "" : "s");
    }

    @Override
    public long bytes() {
      return texts.stream().mapToLong(Tokenization::bytes).sum();
    }

    @Override
    public void digest(MessageDigest digest) {
      digest.update("texts".getBytes(StandardCharsets.UTF_8));
      for (var text : texts) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((" " + bytes.length + "\n").getBytes(StandardCharsets.UTF_8));
        digest.update(bytes);
      }
    }

    @Override
    public DocumentReader open() {
      return new Reader(texts);
    }

    private static final class Reader implements DocumentReader {
      private final List<String> texts;
      private int text;
      private int start;
      private String place = "";

      Reader(List<String> texts) {
        this.texts = texts;
      }

      @Override
      public Optional<DocumentChunk> next() {
        if (text == texts.size()) {
          return Optional.empty();
        }
        var document = texts.get(text);
        int end = Math.min(document.length(), start + PlainTextReader.PIECE);
        boolean last = end == document.length();
        if (!last) {
          end =
              start
                  + PlainTextReader.cut(document.substring(start, end).toCharArray(), end - start);
        }
        var chunk = new DocumentChunk.Text(document.substring(start, end), last);
        place = "text %d".formatted(text + 1);
        start = last ? 0 : end;
        text += last ? 1 : 0;
        return Optional.of(chunk);
      }

      @Override
      public String place() {
        return place;
      }

      @Override
      public void close() {}
    }
  }

  /// Updates the digest with the contents and the length of a file.
  static void digestFile(Path file, String name, MessageDigest digest) {
    var buffer = new byte[1 << 16];
    long length = 0;
    try (var input = Files.newInputStream(file)) {
      for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
        digest.update(buffer, 0, count);
        length += count;
      }
    } catch (IOException failed) {
      throw DataException.unreadable(name, failed);
    }
    digest.update(Long.toString(length).getBytes(StandardCharsets.UTF_8));
  }
}
