package dev.fader.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/// The start of a token file.
///
/// @param layout how the documents are to be learned from
/// @param vocabularySize every id is below this
/// @param tokens tokens of all documents
/// @param documents how many there are
/// @param textBytes bytes of the documents' text, 0 if unknown
/// @param split between the training file and the validation file
/// @param framing the special tokens before each document; those after it are not stored
/// @param key SHA-256 of everything that determines the contents, hexadecimal
record TokenFileHeader(
    TokenFile.Layout layout,
    int vocabularySize,
    long tokens,
    long documents,
    long textBytes,
    Split split,
    Framing framing,
    String key) {
  /// Without the tokens before a text, of which there are few or none.
  private static final int LEAST_BYTES = 92 + Split.NUMBERS * Long.BYTES;

  private static final byte[] MAGIC = "FADERTOK".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 2;
  private static final int KEY_BYTES = 32;
  private static final int CHECKSUM_BYTES = Integer.BYTES;

  int bytes() {
    return LEAST_BYTES + framing.before().length * Integer.BYTES;
  }

  int bytesPerToken() {
    return TokenFile.bytesPerToken(vocabularySize);
  }

  long indexBytes() {
    return Math.multiplyExact(documents, Long.BYTES);
  }

  long tokenBytes() {
    return Math.multiplyExact(tokens, bytesPerToken());
  }

  /// The header as it stands in the file.
  ByteBuffer write() {
    var header = ByteBuffer.allocate(bytes()).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).putInt(VERSION).putInt(layout.code());
    header.putLong(tokens).putLong(documents).putLong(textBytes);
    header.putInt(vocabularySize).putInt(split.method().code());
    header.put(HexFormat.of().parseHex(key));
    for (long number : split.numbers()) {
      header.putLong(number);
    }
    header.putInt(framing.separator()).putInt(framing.inStream() ? 1 : 0);
    header.putInt(framing.before().length);
    for (int id : framing.before()) {
      header.putInt(id);
    }
    return header.flip();
  }

  /// Reads the header of `whole` and checks all of it against that and the checksum at the end.
  ///
  /// @throws DataException if they do not agree
  static TokenFileHeader read(Path path, MemorySegment whole) {
    if (whole.byteSize() < LEAST_BYTES + CHECKSUM_BYTES) {
      throw damaged(path, "%d bytes are less than a header".formatted(whole.byteSize()));
    }
    long most = LEAST_BYTES + Framing.MOST_BEFORE * Integer.BYTES;
    var bytes = whole.asSlice(0, Math.min(most, whole.byteSize())).toArray(ValueLayout.JAVA_BYTE);
    var fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    var magic = new byte[MAGIC.length];
    fields.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw damaged(path, "it is not a token file");
    }
    int version = fields.getInt();
    if (version != VERSION) {
      throw damaged(path, "version %d is not %d".formatted(version, VERSION));
    }
    var header = readFields(path, fields);
    requireSize(path, header, whole.byteSize());
    long content = whole.byteSize() - CHECKSUM_BYTES;
    var stored = whole.asSlice(content).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (checksum(whole.asSlice(0, content)) != stored) {
      throw damaged(path, "its checksum differs");
    }
    return header;
  }

  private static TokenFileHeader readFields(Path path, ByteBuffer fields) {
    var layout = TokenFile.Layout.of(fields.getInt());
    long tokens = fields.getLong();
    long documents = fields.getLong();
    long textBytes = fields.getLong();
    int vocabularySize = fields.getInt();
    var heldOut = SplitMethod.of(fields.getInt());
    var key = new byte[KEY_BYTES];
    fields.get(key);
    var numbers = new long[Split.NUMBERS];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = fields.getLong();
    }
    var framing = readFraming(path, fields, vocabularySize);
    if (layout.isEmpty()
        || heldOut.isEmpty()
        || vocabularySize < 1
        || tokens < 0
        || documents < 0
        || textBytes < 0) {
      throw damaged(path, "a number of its header is out of range");
    }
    return new TokenFileHeader(
        layout.get(),
        vocabularySize,
        tokens,
        documents,
        textBytes,
        Split.of(heldOut.get(), layout.get(), numbers),
        framing,
        HexFormat.of().formatHex(key));
  }

  private static Framing readFraming(Path path, ByteBuffer fields, int vocabularySize) {
    int separator = fields.getInt();
    boolean inStream = fields.getInt() == 1;
    int count = fields.getInt();
    if (count < 0 || count > Math.min(Framing.MOST_BEFORE, fields.remaining() / Integer.BYTES)) {
      throw damaged(path, "it begins windows with %d tokens".formatted(count));
    }
    var before = new int[count];
    for (int i = 0; i < count; i++) {
      before[i] = fields.getInt();
      if (before[i] < 0 || before[i] >= vocabularySize) {
        throw damaged(path, "it begins windows with id %d".formatted(before[i]));
      }
    }
    return new Framing(before, inStream, new int[0], separator);
  }

  private static void requireSize(Path path, TokenFileHeader header, long size) {
    // Divides first, because products of hostile numbers overflow.
    long room = size - header.bytes() - CHECKSUM_BYTES;
    boolean fits =
        header.documents <= room / Long.BYTES
            && header.tokens <= room / header.bytesPerToken()
            && header.indexBytes() + header.tokenBytes() == room;
    if (!fits) {
      throw damaged(
          path,
          "%d bytes do not hold its %d tokens in %d documents"
              .formatted(size, header.tokens, header.documents));
    }
  }

  static DataException damaged(Path path, String what) {
    return new DataException(
        "%s: damaged token file: %s; delete it and it is made again".formatted(path, what));
  }

  private static int checksum(MemorySegment bytes) {
    var checksum = new CRC32C();
    long chunk = 1 << 30; // a ByteBuffer holds less than 2 GiB
    for (long from = 0; from < bytes.byteSize(); from += chunk) {
      long size = Math.min(chunk, bytes.byteSize() - from);
      checksum.update(bytes.asSlice(from, size).asByteBuffer());
    }
    return (int) checksum.getValue();
  }
}
