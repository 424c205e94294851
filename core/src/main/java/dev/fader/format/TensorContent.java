package dev.fader.format;

import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.function.LongConsumer;

/// A tensor to be written: its description, and a writer of its bytes. This lets a model be
/// converted one tensor at a time.
///
/// @param name in the file
/// @param type how the elements are stored
/// @param shape the dimensions, outermost first
/// @param data writes exactly the bytes of type and shape
public record TensorContent(String name, DType type, Shape shape, FileContent data) {
  private static final int CHUNK = 8 << 20;

  /// The numbers of `tensor`, read when they are written.
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

  /// Its size in bytes.
  public long bytes() {
    return type.bytesFor(shape.elements());
  }

  /// The same tensor, which reports to `progress` how many bytes each write takes.
  public TensorContent withProgress(LongConsumer progress) {
    return new TensorContent(
        name, type, shape, channel -> data.writeTo(new CountingChannel(channel, progress)));
  }

  /// Writes the bytes and checks their number.
  void writeTo(WritableByteChannel channel) throws IOException {
    var counting = new CountingChannel(channel, _ -> {});
    data.writeTo(counting);
    if (counting.bytes != bytes()) {
      throw new IllegalStateException(
          "tensor %s wrote %d bytes of %d"
              .formatted(FormatException.quoted(name), counting.bytes, bytes()));
    }
  }

  private static final class CountingChannel implements WritableByteChannel {
    private final WritableByteChannel channel;
    private final LongConsumer progress;
    private long bytes;

    CountingChannel(WritableByteChannel channel, LongConsumer progress) {
      this.channel = channel;
      this.progress = progress;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      int written = channel.write(source);
      bytes += written;
      progress.accept(written);
      return written;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    /// Does nothing: the file continues.
    @Override
    public void close() {}
  }
}
