package dev.fader.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/// The content of a file, which writes itself to a channel.
@FunctionalInterface
public interface FileContent {
  /// Writes all of it.
  ///
  /// @throws IOException if the channel fails
  void writeTo(WritableByteChannel channel) throws IOException;

  /// These bytes. The array is not copied.
  static FileContent of(byte[] bytes) {
    return channel -> writeFully(channel, ByteBuffer.wrap(bytes));
  }

  /// This text in UTF-8.
  static FileContent of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Writes all remaining bytes of `buffer`.
  static void writeFully(WritableByteChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
