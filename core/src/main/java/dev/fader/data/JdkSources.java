package dev.fader.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// The Java files of a JDK's `src.zip`, one document each in the order of their names, without the
/// licence header of each, which a model would memorise first.
final class JdkSources implements Source {
  private final Path archive;
  private final Optional<Glob> glob;
  private final List<String> entries;
  private final long bytes;

  /// The files of `archive` that match `glob`, by names like `java.base/java/util/List.java`.
  ///
  /// @throws DataException if the archive cannot be read or has none
  JdkSources(Path archive, Optional<Glob> glob) {
    this.archive = archive;
    this.glob = glob;
    try (var zip = new ZipFile(archive.toFile())) {
      var files =
          zip.stream()
              .filter(entry -> entry.getName().endsWith(".java"))
              .filter(entry -> glob.isEmpty() || glob.get().matches(Path.of(entry.getName())))
              .toList();
      this.entries = files.stream().map(ZipEntry::getName).sorted().toList();
      this.bytes = files.stream().mapToLong(ZipEntry::getSize).sum();
    } catch (IOException failed) {
      throw DataException.unreadable(archive.toString(), failed);
    }
    if (entries.isEmpty()) {
      throw new DataException(
          "jdk: no Java files %sin %s; try `glob` 'java.base/java/**'"
              .formatted(glob.map(pattern -> "like " + pattern + " ").orElse(""), archive));
    }
  }

  @Override
  public String name() {
    return "jdk (%d Java files of %s)".formatted(entries.size(), archive);
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void digest(MessageDigest digest) {
    digest.update(("jdk " + glob).getBytes(StandardCharsets.UTF_8));
    Source.digestFile(archive, archive.toString(), digest);
  }

  @Override
  public DocumentReader open() {
    try {
      return new Files(new ZipFile(archive.toFile()), entries.iterator());
    } catch (IOException failed) {
      throw DataException.unreadable(archive.toString(), failed);
    }
  }

  /// The text without its leading comment, if that is a licence.
  static String withoutLicence(String text) {
    var start = text.stripLeading();
    int end = start.indexOf("*/");
    if (!start.startsWith("/*") || end < 0 || !start.substring(0, end).contains("opyright")) {
      return text;
    }
    return start.substring(end + 2).stripLeading();
  }

  private static final class Files implements DocumentReader {
    private final ZipFile zip;
    private final Iterator<String> names;
    private Optional<PlainTextReader> file = Optional.empty();

    Files(ZipFile zip, Iterator<String> names) {
      this.zip = zip;
      this.names = names;
    }

    @Override
    public Optional<DocumentChunk> next() {
      while (true) {
        if (file.isPresent()) {
          var piece = file.get().next();
          if (piece.isPresent()) {
            return piece;
          }
          file.get().close();
          file = Optional.empty();
        }
        if (!names.hasNext()) {
          return Optional.empty();
        }
        var opened = open(names.next());
        file = Optional.of(opened);
        if (opened.next().orElseThrow() instanceof DocumentChunk.Text first) {
          return Optional.of(new DocumentChunk.Text(withoutLicence(first.text()), first.last()));
        }
      }
    }

    @Override
    public String place() {
      return file.map(DocumentReader::place).orElse("");
    }

    private PlainTextReader open(String name) {
      try {
        var entry = zip.getEntry(name);
        var place = zip.getName() + "!" + name;
        return new PlainTextReader(place, new Utf8Text(place, zip.getInputStream(entry)));
      } catch (IOException failed) {
        throw DataException.unreadable(zip.getName(), failed);
      }
    }

    @Override
    public void close() {
      try {
        zip.close();
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }
  }
}
