package dev.fader.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// Characters of a UTF-8 stream, decoded strictly: a byte that is not UTF-8, or a stream that is
/// not text at all, is an error that names the byte's offset. A byte order mark is left out.
public final class Utf8Text extends Reader {
  private static final int BUFFER = 1 << 14;

  private final String place;
  private final InputStream input;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER).limit(0);
  private long bufferStart;
  private boolean started;
  private boolean ended;

  /// Text from `input`, which is closed with this. `place` names it in errors.
  Utf8Text(String place, InputStream input) {
    this.place = place;
    this.input = input;
  }

  /// Text of a file, which may be gzipped. `name` names it in errors.
  ///
  /// @throws DataException if it cannot be read
  public static Utf8Text open(Path file, String name) {
    return new Utf8Text(name, unpacked(file, name));
  }

  static InputStream unpacked(Path file, String name) {
    try {
      var input = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
      input.mark(2);
      var start = input.readNBytes(2);
      input.reset();
      return isGzip(start) ? gunzip(input, name) : input;
    } catch (IOException failed) {
      throw DataException.unreadable(name, failed);
    }
  }

  private static InputStream gunzip(InputStream input, String name) throws IOException {
    try {
      return new GZIPInputStream(input, 1 << 16);
    } catch (IOException broken) {
      input.close();
      throw new DataException(
          "%s: not whole gzip data (%s); pack or download it again"
              .formatted(name, broken.getMessage()),
          broken);
    }
  }

  /// The magic number of gzip, which no UTF-8 text starts with.
  static boolean isGzip(byte[] start) {
    return start.length == 2 && start[0] == 0x1F && start[1] == (byte) 0x8B;
  }

  /// Reads until `target` from `offset` is full or the stream ends; returns the characters read.
  ///
  /// @throws DataException if the bytes are not UTF-8 text or cannot be read
  int fill(char[] target, int offset) {
    return Math.max(0, read(target, offset, target.length - offset));
  }

  /// Reads `length` characters, or fewer at the end; -1 after it.
  ///
  /// @throws DataException if the bytes are not UTF-8 text or cannot be read
  @Override
  public int read(char[] target, int offset, int length) {
    var characters = CharBuffer.wrap(target, offset, length);
    while (true) {
      var result = decoder.decode(bytes, characters, ended);
      if (result.isError()) {
        throw malformed();
      }
      if (result.isOverflow() || ended) {
        int count = characters.position() - offset;
        return count == 0 && length > 0 ? -1 : count;
      }
      fill();
    }
  }

  private void fill() {
    bufferStart += bytes.position();
    bytes.compact();
    int from = bytes.position();
    try {
      int count = 0;
      while (bytes.hasRemaining() && count >= 0) {
        count = input.read(bytes.array(), bytes.position(), bytes.remaining());
        bytes.position(bytes.position() + Math.max(count, 0));
      }
      ended = count < 0;
    } catch (ZipException | EOFException broken) {
      throw new DataException(
          "%s: not whole gzip data (%s); pack or download it again"
              .formatted(place, broken.getMessage()),
          broken);
    } catch (IOException failed) {
      throw DataException.unreadable(place, failed);
    }
    bytes.flip();
    if (!started) {
      started = true;
      start();
    }
    refuseBinary(from);
  }

  private void start() {
    int first = bytes.remaining() < 2 ? 0 : Short.toUnsignedInt(bytes.getShort(0));
    if (first == 0xFEFF || first == 0xFFFE) {
      throw new DataException(
          "%s: UTF-16 text; convert it, for example with: iconv -f UTF-16 -t UTF-8"
              .formatted(place));
    }
    if (first == 0xEFBB && bytes.remaining() > 2 && bytes.get(2) == (byte) 0xBF) {
      bytes.position(3);
    }
  }

  private void refuseBinary(int from) {
    int controls = 0;
    for (int i = from; i < bytes.limit(); i++) {
      byte value = bytes.get(i);
      if (value == 0) {
        throw binary("a zero byte at offset %d".formatted(bufferStart + i));
      }
      if (value > 0
          && value < ' '
          && !Character.isWhitespace(value)
          && value != 0x1B
          && value != '\b') {
        controls++;
      }
    }
    int tenth = (bytes.limit() - from) / 10;
    if (controls > tenth) {
      throw binary("%d control characters near offset %d".formatted(controls, bufferStart + from));
    }
  }

  private DataException binary(String evidence) {
    return new DataException(
        "%s: binary data, not text (%s); give text, .jsonl or either of them gzipped"
            .formatted(place, evidence));
  }

  private DataException malformed() {
    return new DataException(
        "%s: not UTF-8: byte 0x%02X at offset %d; convert it, for example with: iconv -f ISO-8859-1 -t UTF-8"
            .formatted(place, bytes.get(bytes.position()) & 0xFF, bufferStart + bytes.position()));
  }

  @Override
  public void close() {
    try {
      input.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
