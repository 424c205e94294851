package dev.fader.data;

import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/// The tokens of many documents, one after another, in a memory-mapped file. Immutable; safe for
/// use by several threads until it is closed.
///
/// Little-endian: a header ([TokenFileHeader]), the end of each document as a 64-bit index into the
/// tokens, the tokens as 16 bits each if every id of the vocabulary fits, else 32, and a CRC-32C of
/// all that, which is checked when the file is opened.
public final class TokenFile implements AutoCloseable {
  /// How documents become training rows.
  public enum Layout {
    /// Text: one stream, in which a window may cover the end of a document and the start of
    /// another.
    PACKED(0),
    /// Token ids: each document is a sequence of its own.
    SEQUENCES(1);

    private final int code;

    Layout(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static Optional<Layout> of(int code) {
      return Arrays.stream(values()).filter(layout -> layout.code == code).findAny();
    }
  }

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final TokenFileHeader header;
  private final Arena arena;
  private final MemorySegment ends;
  private final MemorySegment ids;

  private TokenFile(Path path, TokenFileHeader header, Arena arena, MemorySegment whole) {
    this.path = path;
    this.header = header;
    this.arena = arena;
    this.ends = whole.asSlice(header.bytes(), header.indexBytes());
    this.ids = whole.asSlice(header.bytes() + header.indexBytes(), header.tokenBytes());
  }

  /// Maps a token file and checks all of it.
  ///
  /// @throws DataException if it cannot be read, or is not exactly what a header of ours describes
  @SuppressWarnings("MustBeClosedChecker") // the file that is returned closes it
  public static TokenFile open(Path path) {
    var arena = Arena.ofShared();
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      var whole = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      var header = TokenFileHeader.read(path, whole);
      var file = new TokenFile(path, header, arena, whole);
      file.requireOrderedDocuments();
      return file;
    } catch (IOException failed) {
      arena.close();
      throw DataException.unreadable(path.toString(), failed);
    } catch (RuntimeException failed) {
      arena.close();
      throw failed;
    }
  }

  private void requireOrderedDocuments() {
    long before = 0;
    for (long i = 0; i < header.documents(); i++) {
      long end = documentEnd(i);
      if (end < before) {
        throw damaged("document %d ends at token %d, before it starts".formatted(i, end));
      }
      before = end;
    }
    if (before != header.tokens()) {
      throw damaged("its documents end at token %d of %d".formatted(before, header.tokens()));
    }
  }

  private DataException damaged(String what) {
    return TokenFileHeader.damaged(path, what);
  }

  static int bytesPerToken(int vocabularySize) {
    return vocabularySize <= 1 << 16 ? Short.BYTES : Integer.BYTES;
  }

  TokenFileHeader header() {
    return header;
  }

  /// The special tokens around the documents.
  Framing framing() {
    return header.framing();
  }

  /// The tokenizer's prefix tokens, which every window begins with.
  public int[] before() {
    return header.framing().before().clone();
  }

  /// How documents become training rows.
  public Layout layout() {
    return header.layout();
  }

  /// Every id is below this.
  public int vocabularySize() {
    return header.vocabularySize();
  }

  /// Tokens of all documents, with the special tokens before and after each.
  public long tokens() {
    return header.tokens();
  }

  /// Documents.
  public long documents() {
    return header.documents();
  }

  /// Bytes of UTF-8 that the documents took as text; 0 if they came as ids of an unknown tokenizer.
  public long textBytes() {
    return header.textBytes();
  }

  /// The index of the first token of document `index`.
  public long documentStart(long index) {
    return index == 0 ? 0 : documentEnd(index - 1);
  }

  /// The index after the last token of document `index`.
  public long documentEnd(long index) {
    return ends.get(LONG, Objects.checkIndex(index, header.documents()) * Long.BYTES);
  }

  /// The text of each document, without special tokens.
  ///
  /// @param tokenizer that the ids are of
  public List<String> texts(Tokenizer tokenizer) {
    var texts = new ArrayList<String>();
    for (long document = 0; document < documents(); document++) {
      var ids = new int[Math.toIntExact(documentEnd(document) - documentStart(document))];
      copy(documentStart(document), ids, 0, ids.length);
      texts.add(
          tokenizer.decode(Arrays.stream(ids).filter(id -> !tokenizer.isAdded(id)).toArray()));
    }
    return texts;
  }

  /// Copies `count` tokens from `start` to `into` from `offset`.
  ///
  /// @throws IllegalStateException if this is closed
  /// @throws IndexOutOfBoundsException if there are not so many
  /// @throws DataException if one is not in the vocabulary, which a file of ours never holds
  public void copy(long start, int[] into, int offset, int count) {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException(
          "the token file %s is closed: open it again to read from it".formatted(path));
    }
    Objects.checkFromIndexSize(start, count, header.tokens());
    boolean isShort = header.bytesPerToken() == Short.BYTES;
    for (int i = 0; i < count; i++) {
      long token = start + i;
      int id =
          isShort
              ? Short.toUnsignedInt(ids.get(SHORT, token * Short.BYTES))
              : ids.get(INT, token * Integer.BYTES);
      if (id < 0 || id >= header.vocabularySize()) {
        throw damaged(
            "id %d is not in its vocabulary of %d".formatted(id, header.vocabularySize()));
      }
      into[offset + i] = id;
    }
  }

  /// Bits per byte of text at a mean loss in nats per token: what compares models whose tokenizers
  /// differ. Empty where no text is known.
  public OptionalDouble bitsPerByte(double loss) {
    return textBytes() == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(loss / Math.log(2) * measuredTokens() / textBytes());
  }

  /// Tokens whose loss is the text's: all but those before a document, and the separator at the end
  /// of all, with nothing to separate.
  private long measuredTokens() {
    long tokens = measuredEnd();
    for (long i = 0; i < documents() && framing().inStream(); i++) {
      tokens -= startOf(i);
    }
    return tokens;
  }

  /// How many of the tokens of document `index` are those before a text.
  private int startOf(long index) {
    long start = documentStart(index);
    var window = new int[(int) Math.min(framing().start().length, documentEnd(index) - start)];
    copy(start, window, 0, window.length);
    return framing().startsAt(window, 0, window.length);
  }

  /// The index of the first token to evaluate a model on.
  long measuredStart() {
    return documents() == 0 ? 0 : startOf(0);
  }

  /// The index after the last token to evaluate a model on: without the separator after the last
  /// document, unless a single token is all that is left then.
  long measuredEnd() {
    var last = new int[1];
    if (tokens() > 0) {
      copy(tokens() - 1, last, 0, 1);
    }
    return tokens() > 2 && last[0] == framing().separator() ? tokens() - 1 : tokens();
  }

  /// Unmaps the file; does nothing the second time.
  @Override
  public synchronized void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
