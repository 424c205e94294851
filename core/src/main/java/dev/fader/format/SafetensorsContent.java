package dev.fader.format;

import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Tensors as a safetensors file. The same tensors give the same bytes, whatever their order.
///
/// Tensors of whole cache lines come first, then the others from the widest element to the
/// narrowest, and by name within that. The data begins on a cache line, so each tensor starts on
/// one where the format, which knows no gaps, allows it, and on a multiple of its element
/// everywhere.
///
/// Source: [safetensors format](https://github.com/huggingface/safetensors#format).
public final class SafetensorsContent implements FileContent {
  private static final int LINE = 64;
  private static final int CHUNK = 8 << 20;

  private final List<Map.Entry<String, Tensor>> tensors;

  /// The content of a file with these tensors. They are read when it is written.
  ///
  /// @throws IllegalArgumentException if a name is empty or `__metadata__`, or a tensor is
  ///   quantised
  public SafetensorsContent(Map<String, Tensor> tensors) {
    this.tensors = new ArrayList<>(tensors.entrySet());
    this.tensors.sort(
        Comparator.comparingInt((Map.Entry<String, Tensor> e) -> bytes(e) % LINE == 0 ? 0 : 1)
            .thenComparingInt(e -> -e.getValue().type().bytesPerBlock())
            .thenComparing(Map.Entry::getKey));
    for (var entry : this.tensors) {
      if (entry.getKey().isEmpty() || entry.getKey().equals("__metadata__")) {
        throw new IllegalArgumentException(
            FormatException.quoted(entry.getKey()) + " cannot be the name of a tensor");
      }
      if (entry.getValue().type().isQuantized()) {
        throw new IllegalArgumentException(
            "tensor %s is %s, which a safetensors file cannot hold: convert it to FLOAT32, FLOAT16"
                    .formatted(FormatException.quoted(entry.getKey()), entry.getValue().type())
                + " or BFLOAT16, or write a .gguf file");
      }
    }
  }

  private static long bytes(Map.Entry<String, Tensor> entry) {
    return entry.getValue().segment().byteSize();
  }

  @Override
  public void writeTo(WritableByteChannel channel) throws IOException {
    FileContent.writeFully(channel, header());
    for (var entry : tensors) {
      MemorySegment data = entry.getValue().segment();
      for (long start = 0; start < data.byteSize(); start += CHUNK) {
        long length = Math.min(CHUNK, data.byteSize() - start);
        FileContent.writeFully(channel, data.asSlice(start, length).asByteBuffer());
      }
    }
  }

  private ByteBuffer header() {
    byte[] json = StrictJson.MAPPER.writeValueAsString(describe()).getBytes(StandardCharsets.UTF_8);
    int end = Math.ceilDiv(SafetensorsHeader.PREFIX + json.length, LINE) * LINE;
    var header = ByteBuffer.allocate(end).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(end - SafetensorsHeader.PREFIX).put(json);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.flip();
  }

  private ObjectNode describe() {
    var root = StrictJson.MAPPER.createObjectNode();
    root.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (var entry : tensors) {
      var tensor = root.putObject(entry.getKey());
      tensor.put("dtype", StorageType.of(entry.getValue().type()).name());
      var shape = tensor.putArray("shape");
      for (int i = 0; i < entry.getValue().shape().rank(); i++) {
        shape.add(entry.getValue().shape().dimension(i));
      }
      tensor.putArray("data_offsets").add(offset).add(offset + bytes(entry));
      offset = Math.addExact(offset, bytes(entry));
    }
    return root;
  }
}
