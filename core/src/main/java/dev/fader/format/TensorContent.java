package dev.fader.format;

import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/// A tensor on its way into a file: what the file says about it, and what writes its bytes when
/// their turn comes. A model is converted without ever being in memory as a whole.
///
/// @param name in the file
/// @param type how the elements are stored
/// @param shape the dimensions, outermost first
/// @param data writes as many bytes as type and shape ask for
public record TensorContent(String name, DType type, Shape shape, FileContent data) {
  private static final int CHUNK = 8 << 20;

  /// The numbers of `tensor`, as they are when they are written.
  public static TensorContent of(String name, Tensor tensor) {
    return new TensorContent(
        name, tensor.type(), tensor.shape(), channel -> write(tensor.segment(), channel));
  }

  private static void write(MemorySegment data, WritableByteChannel channel) throws IOException {
    for (long start = 0; start < data.byteSize(); start += CHUNK) {
      long length = Math.min(CHUNK, data.byteSize() - start);
      FileContent.writeFully(channel, data.asSlice(start, length).asByteBuffer());
    }
  }

  /// The bytes that it takes.
  public long bytes() {
    return type.bytesFor(shape.elements());
  }

  /// Writes the bytes, and makes sure that they are as many as was said.
  void writeTo(WritableByteChannel channel) throws IOException {
    var counting = new CountingChannel(channel);
    data.writeTo(counting);
    if (counting.bytes != bytes()) {
      throw new IllegalStateException(
          "tensor %s wrote %d bytes of %d"
              .formatted(FormatException.quoted(name), counting.bytes, bytes()));
    }
  }

  private static final class CountingChannel implements WritableByteChannel {
    private final WritableByteChannel channel;
    private long bytes;

    CountingChannel(WritableByteChannel channel) {
      this.channel = channel;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      int written = channel.write(source);
      bytes += written;
      return written;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    /// Does nothing: the file goes on.
    @Override
    public void close() {}
  }
}
