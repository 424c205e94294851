package dev.fader.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;

/// Metadata and tensors as a GGUF file of version 3, in the given order, as gguf-py and llama.cpp
/// read it.
///
/// Source: [GGUF](https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
public final class GgufContent implements FileContent {
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;

  /// llama.cpp stores names in 64 bytes, including a terminating 0.
  private static final int LONGEST_NAME = 63;

  private static final int MOST_DIMENSIONS = 4;

  private final GgufMetadataBuilder metadata;
  private final List<TensorContent> tensors;

  /// The content of a file with these values and tensors, which are read when it is written.
  ///
  /// @throws IllegalArgumentException if a name is longer than 63 bytes or repeated, or a tensor
  ///   has more than 4 dimensions
  public GgufContent(GgufMetadataBuilder metadata, Collection<TensorContent> tensors) {
    this.metadata = metadata;
    this.tensors = List.copyOf(tensors);
    var names = new HashSet<String>();
    for (var tensor : this.tensors) {
      if (utf8(tensor.name()).length > LONGEST_NAME || !names.add(tensor.name())) {
        throw new IllegalArgumentException(
            FormatException.quoted(tensor.name())
                + " cannot be the name of a tensor of a GGUF file: it is longer than 63 bytes or"
                + " there twice");
      }
      if (tensor.shape().rank() > MOST_DIMENSIONS) {
        throw new IllegalArgumentException(
            "tensor %s has shape %s, and a GGUF file holds no more than 4 dimensions"
                .formatted(FormatException.quoted(tensor.name()), tensor.shape()));
      }
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void writeTo(WritableByteChannel channel) throws IOException {
    FileContent.writeFully(channel, header());
    for (var tensor : tensors) {
      tensor.writeTo(channel);
      long padding = aligned(tensor.bytes()) - tensor.bytes();
      FileContent.writeFully(channel, ByteBuffer.allocate((int) padding));
    }
  }

  private static long aligned(long bytes) {
    return Math.multiplyExact(Math.ceilDiv(bytes, ALIGNMENT), (long) ALIGNMENT);
  }

  ByteBuffer header() {
    long size = 4 + Integer.BYTES + Long.BYTES + Long.BYTES + metadata.bytes();
    for (var tensor : tensors) {
      size +=
          Long.BYTES
              + utf8(tensor.name()).length
              + Integer.BYTES
              + (long) tensor.shape().rank() * Long.BYTES
              + Integer.BYTES
              + Long.BYTES;
    }
    var header = ByteBuffer.allocate(Math.toIntExact(aligned(size))).order(ByteOrder.LITTLE_ENDIAN);
    header.put(utf8("GGUF")).putInt(VERSION).putLong(tensors.size()).putLong(metadata.count());
    metadata.writeTo(header);
    long offset = 0;
    for (var tensor : tensors) {
      describe(tensor, offset, header);
      offset = Math.addExact(offset, aligned(tensor.bytes()));
    }
    return header.rewind();
  }

  private static void describe(TensorContent tensor, long offset, ByteBuffer header) {
    byte[] name = utf8(tensor.name());
    int rank = tensor.shape().rank();
    header.putLong(name.length).put(name).putInt(rank);
    for (int i = rank - 1; i >= 0; i--) { // ggml's are innermost first
      header.putLong(tensor.shape().dimension(i));
    }
    header.putInt(GgufType.of(tensor.type()).id()).putLong(offset);
  }
}
