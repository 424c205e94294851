package dev.fader.data;

import dev.fader.data.TokenSpool.Document;
import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// One side of a split as a token file, written from first byte to last.
final class TokenFileWriter implements FileContent {
  private final Tokenization.Result source;
  private final Side side;
  private final Target target;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32C checksum = new CRC32C();
  private long documents;
  private long tokens;
  private long textBytes;
  private long end;
  private long runStart;
  private long runEnd;

  private TokenFileWriter(Tokenization.Result source, Side side, Target target) {
    this.source = source;
    this.side = side;
    this.target = target;
  }

  /// The held-out side of a split, or else the training side.
  record Side(Split split, boolean heldOut) {}

  /// The path of the file, and the header fields that do not follow from the documents.
  record Target(Path path, int vocabularySize, String key) {}

  /// Writes one side of `source` to `target`, whole or not at all.
  static void write(Tokenization.Result source, Side side, Target target) throws IOException {
    DurableFile.write(target.path(), new TokenFileWriter(source, side, target));
  }

  @Override
  public void writeTo(WritableByteChannel channel) throws IOException {
    forEachPart(this::count);
    buffer.put(header().write());
    forEachPart(part -> writeEnd(part, channel));
    flush(channel);
    forEachPart(part -> writeTokens(part, channel));
    writeRun(channel);
    buffer.putInt((int) checksum.getValue());
    flush(channel);
  }

  private TokenFileHeader header() {
    return new TokenFileHeader(
        source.layout(),
        target.vocabularySize(),
        tokens,
        documents,
        textBytes,
        side.split(),
        source.framing(),
        target.key());
  }

  private interface PartVisitor {
    void visit(Document part) throws IOException;
  }

  private void forEachPart(PartVisitor visitor) throws IOException {
    source
        .spool()
        .forEachDocument((index, document) -> {
          var part = side.split().part(index, document, side.heldOut());
          if (part.isPresent()) {
            visitor.visit(part.get());
          }
        });
  }

  private void count(Document part) {
    documents++;
    tokens += part.tokens();
    textBytes += part.bytes();
  }

  private void writeEnd(Document part, WritableByteChannel channel) throws IOException {
    if (buffer.remaining() < Long.BYTES) {
      flush(channel);
    }
    end += part.tokens();
    buffer.putLong(end);
  }

  /// Consecutive documents are copied in one go.
  private void writeTokens(Document part, WritableByteChannel channel) throws IOException {
    if (part.start() != runEnd) {
      writeRun(channel);
      runStart = part.start();
    }
    runEnd = part.end();
  }

  private void writeRun(WritableByteChannel channel) throws IOException {
    int width = source.spool().bytesPerToken();
    long position = runStart * width;
    long runBytesEnd = runEnd * width;
    while (position < runBytesEnd) {
      buffer.limit((int) Math.min(buffer.capacity(), runBytesEnd - position));
      position += buffer.limit();
      source.spool().read(position - buffer.limit(), buffer);
      flush(channel);
    }
    runStart = runEnd;
  }

  private void flush(WritableByteChannel channel) throws IOException {
    checksum.update(buffer.array(), 0, buffer.position());
    FileContent.writeFully(channel, buffer.flip());
    buffer.clear();
  }
}
