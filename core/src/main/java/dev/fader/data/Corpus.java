package dev.fader.data;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// The documents that a user named after `--data`, streamed from where they are: only a few chunks
/// are in memory at a time, so a corpus may be larger than memory.
///
/// A name is a text file (one document, or several with lines of `<|endoftext|>` between them), a
/// folder (every text file below it that is not hidden, or those like a glob), `folder/**/*.java`,
/// a `.jsonl` file (each line one document, with `text` or with token `ids`), `-` for standard
/// input, or `jdk` for the sources of the running JDK. Files may be gzipped.
public final class Corpus implements AutoCloseable {
  /// The sources of a corpus.
  ///
  /// @param data the names, in their order
  /// @param glob which files of folders and of the JDK's sources are meant; all if empty
  /// @param standardInput what `-` reads; it is copied, because a corpus is read several times
  /// @param cache the folder that the copy is in until the corpus is closed
  public record Request(
      List<String> data, Optional<String> glob, InputStream standardInput, Path cache) {
    public Request {
      data = List.copyOf(data);
    }
  }

  private final Runnable cleanUp;
  private final List<Source> sources;
  private final Set<DocumentReader> open = ConcurrentHashMap.newKeySet();

  private Corpus(Runnable cleanUp, List<Source> sources) {
    this.cleanUp = cleanUp;
    this.sources = sources;
  }

  /// Finds what the request names. `announce` gets what the user should know, a line each.
  ///
  /// @throws DataException if something is missing, empty or cannot be read
  public static Corpus open(Request request, Consumer<String> announce) {
    return open(request, Path.of(System.getProperty("java.home")), announce);
  }

  /// Texts in memory, each a document.
  ///
  /// @throws DataException if there are none
  public static Corpus of(List<String> texts) {
    if (texts.isEmpty()) {
      throw new DataException("no texts: give at least one to learn from");
    }
    return new Corpus(() -> {}, List.of(new Source.Texts(List.copyOf(texts))));
  }

  static Corpus open(Request request, Path javaHome, Consumer<String> announce) {
    var finder = new SourceFinder(request, javaHome, announce);
    try {
      return new Corpus(finder::close, finder.find());
    } catch (RuntimeException failed) {
      finder.close();
      throw failed;
    }
  }

  /// Its name in messages: that of its one source, or their number and the first.
  public String name() {
    return sources.size() == 1
        ? sources.getFirst().name()
        : "%d files, the first of them %s".formatted(sources.size(), sources.getFirst().name());
  }

  /// Bytes of text, or an estimate where only reading it all would tell.
  public long bytes() {
    return sources.stream().mapToLong(Source::bytes).sum();
  }

  /// Whether it holds token ids, which need no tokenizer, rather than text. Its first line decides.
  public boolean holdsIds() {
    try (var pieces = pieces()) {
      return pieces.next().orElseThrow(this::empty) instanceof DocumentChunk.Ids;
    }
  }

  /// A checksum (SHA-256, hexadecimal) of the contents of all sources in their order. File names
  /// and times are left out, as contents can change without them.
  public String fingerprint() {
    var digest = sha256();
    digest.update("fader corpus 1".getBytes(StandardCharsets.UTF_8));
    sources.forEach(source -> source.digest(digest));
    return HexFormat.of().formatHex(digest.digest());
  }

  /// Text to train a tokenizer on: all of it, or about `most` bytes taken evenly from the whole.
  /// Long documents come in several strings. Each iteration reads the sources anew.
  ///
  /// @throws DataException while it is iterated, if the corpus holds ids or cannot be read
  public Iterable<String> texts(long most) {
    long stride = Math.max(1, Math.ceilDiv(bytes(), Math.max(1, most)));
    return () -> new Texts(pieces(), stride);
  }

  /// Receives texts in pieces.
  @FunctionalInterface
  public interface PieceReader {
    /// Takes the next piece.
    ///
    /// @param place of the document: its file, and a line or a number in that
    /// @param text the next piece of it
    /// @param last whether the document ends with it
    void read(String place, String text, boolean last);

    /// Takes a document that cannot be read, the pieces of which that came before are worth
    /// nothing; what can be read follows, unless this throws.
    default void broken(Broken document) {
      throw document.problem();
    }
  }

  /// A document that cannot be read.
  ///
  /// @param place of the document, or, with `rest`, of the last one before it
  /// @param rest whether nothing that follows in the same file can be read either
  /// @param problem what is wrong with it, and where
  public record Broken(String place, boolean rest, DataException problem) {}

  /// Reads all documents, one after another, in pieces that fit into memory.
  ///
  /// @throws DataException if the corpus holds ids or cannot be read, unless the reader goes on
  public void forEachPiece(PieceReader reader) {
    try (var pieces = new AllPieces(sources.iterator())) {
      open.add(pieces);
      while (true) {
        Optional<DocumentChunk> piece;
        try {
          piece = pieces.next();
        } catch (DataException problem) {
          reader.broken(pieces.broken(problem));
          continue;
        }
        if (piece.isEmpty()) {
          return;
        }
        switch (piece.get()) {
          case DocumentChunk.Text text -> reader.read(pieces.place(), text.text(), text.last());
          case DocumentChunk.Ids ids ->
              reader.broken(
                  new Broken(
                      ids.place(),
                      false,
                      new DataException(
                          "%s: token ids, not text, of which nothing can be told"
                              .formatted(ids.place()))));
        }
      }
    }
  }

  DataException empty() {
    return new DataException("%s: empty; there is nothing to learn from".formatted(name()));
  }

  /// The chunks of all documents, in order.
  DocumentReader pieces() {
    var pieces = new AllPieces(sources.iterator());
    open.add(pieces);
    return pieces;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java platform has SHA-256", missing);
    }
  }

  /// Closes open readers and deletes the copy of standard input.
  @Override
  public void close() {
    List.copyOf(open).forEach(DocumentReader::close);
    cleanUp.run();
  }

  /// The sources one after another.
  private final class AllPieces implements DocumentReader {
    private final Iterator<Source> left;
    private Optional<DocumentReader> current = Optional.empty();
    private String name = ""; // of the current source
    private boolean begun;

    AllPieces(Iterator<Source> left) {
      this.left = left;
    }

    @Override
    public Optional<DocumentChunk> next() {
      while (true) {
        if (current.isPresent()) {
          var piece = current.get().next();
          if (piece.isPresent()) {
            begun = true;
            return piece;
          }
          closeCurrent();
        }
        if (!left.hasNext()) {
          return Optional.empty();
        }
        var source = left.next();
        name = source.name();
        begun = false;
        current = Optional.of(source.open());
      }
    }

    /// What the exception was for; the next piece is that behind it.
    Broken broken(DataException problem) {
      boolean goesOn = current.isPresent() && current.get().goesOn();
      var place = goesOn || begun ? place() : name;
      boolean rest = !goesOn && begun;
      if (!goesOn) {
        closeCurrent();
      }
      return new Broken(place, rest, problem);
    }

    @Override
    public String place() {
      return current.map(DocumentReader::place).orElse("");
    }

    private void closeCurrent() {
      current.ifPresent(DocumentReader::close);
      current = Optional.empty();
    }

    @Override
    public void close() {
      closeCurrent();
      open.remove(this);
    }
  }

  /// Every `stride`-th chunk of text. Closes its reader at the end; if iteration stops before, the
  /// corpus closes it.
  private static final class Texts implements Iterator<String> {
    private final DocumentReader pieces;
    private final long stride;
    private Optional<DocumentChunk> next;

    Texts(DocumentReader pieces, long stride) {
      this.pieces = pieces;
      this.stride = stride;
      this.next = pieces.next();
    }

    @Override
    public boolean hasNext() {
      if (next.isEmpty()) {
        pieces.close();
      }
      return next.isPresent();
    }

    @Override
    public String next() {
      var piece = next.orElseThrow(NoSuchElementException::new);
      for (long i = 0; i < stride && next.isPresent(); i++) {
        next = pieces.next();
      }
      return switch (piece) {
        case DocumentChunk.Text text -> text.text();
        case DocumentChunk.Ids ids ->
            throw new DataException(
                "%s: token ids, not text, so no tokenizer can be trained on it; give `tokenizer` DIR"
                    .formatted(ids.place()));
      };
    }
  }
}
