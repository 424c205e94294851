package dev.fader.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// Temporary files with the tokens of a whole corpus, before the split is decided. Deleted when it
/// is closed.
final class TokenSpool implements AutoCloseable {
  /// A document's tokens from `start` to `end`, the bytes of its text, and a hash of its contents.
  record Document(long start, long end, long bytes, long hash) {
    private static final int RECORD = 4 * Long.BYTES;

    long tokens() {
      return end - start;
    }
  }

  /// Receives the documents in order.
  interface Visitor {
    void visit(long index, Document document) throws IOException;
  }

  private static final int BUFFER = 1 << 16;

  private final Path folder;
  private final int bytesPerToken;
  private final FileChannel tokenChannel;
  private final FileChannel documentChannel;
  private final ByteBuffer tokenBuffer = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer documentBuffer = ByteBuffer.allocate(BUFFER);
  private long tokens;
  private long documents;
  private long documentStart;

  /// An empty one with its files in `folder`.
  TokenSpool(Path folder, int bytesPerToken) {
    this.folder = folder;
    this.bytesPerToken = bytesPerToken;
    this.tokenChannel = PartialFile.open(folder, "tokens");
    this.documentChannel = PartialFile.open(folder, "documents");
  }

  /// Adds tokens to the document that is being written.
  void append(int[] ids) {
    for (int id : ids) {
      append(id);
    }
  }

  /// Adds a token to the document that is being written.
  void append(int id) {
    if (tokenBuffer.remaining() < Integer.BYTES) {
      flush(tokenChannel, tokenBuffer);
    }
    if (bytesPerToken == Short.BYTES) {
      tokenBuffer.putShort((short) id);
    } else {
      tokenBuffer.putInt(id);
    }
    tokens++;
  }

  /// Ends the document that is being written.
  void endDocument(long bytes, long hash) {
    if (documentBuffer.remaining() < Document.RECORD) {
      flush(documentChannel, documentBuffer);
    }
    documentBuffer.putLong(documentStart).putLong(tokens).putLong(bytes).putLong(hash);
    documentStart = tokens;
    documents++;
  }

  private void flush(FileChannel channel, ByteBuffer buffer) {
    try {
      buffer.flip();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      buffer.clear();
    } catch (IOException failed) {
      throw DataException.unwritable(folder, failed);
    }
  }

  /// Tokens of all documents.
  long tokens() {
    return tokens;
  }

  /// Documents that have ended.
  long documents() {
    return documents;
  }

  /// Bytes that a token takes: 2 if every id of the vocabulary fits, else 4.
  int bytesPerToken() {
    return bytesPerToken;
  }

  /// Visits all documents in order.
  void forEachDocument(Visitor visitor) throws IOException {
    flush(documentChannel, documentBuffer);
    documentChannel.position(0);
    var input =
        new DataInputStream(
            new BufferedInputStream(Channels.newInputStream(documentChannel), BUFFER));
    for (long i = 0; i < documents; i++) {
      var document =
          new Document(input.readLong(), input.readLong(), input.readLong(), input.readLong());
      visitor.visit(i, document);
    }
    documentChannel.position(documentChannel.size());
  }

  /// Reads stored bytes of tokens, little-endian, from byte `position` until `into` is full.
  void read(long position, ByteBuffer into) throws IOException {
    flush(tokenChannel, tokenBuffer);
    long from = position;
    while (into.hasRemaining()) {
      int count = tokenChannel.read(into, from);
      if (count < 0) {
        throw new IOException("the temporary token file ends at byte %d".formatted(from));
      }
      from += count;
    }
  }

  @Override
  public void close() {
    try {
      tokenChannel.close();
      documentChannel.close();
    } catch (IOException failed) {
      throw DataException.unwritable(folder, failed);
    }
  }
}
