package dev.fader.format;

import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// Tensors as a safetensors file. The bytes do not depend on the order of the tensors.
///
/// Tensors of whole cache lines come first, then the others from the widest element to the
/// narrowest, and by name within that. The format allows no gaps, so this aligns each tensor to a
/// cache line where possible, and to its element size always.
///
/// Source: [safetensors format](https://github.com/huggingface/safetensors#format).
public final class SafetensorsContent implements FileContent {
  private static final int LINE = 64;

  private final List<TensorContent> tensors;
  private final Map<String, String> metadata;

  /// The content of a file with these tensors, which are read when it is written.
  ///
  /// @throws IllegalArgumentException if a name is empty or `__metadata__`, or a tensor is
  ///   quantized
  public SafetensorsContent(Map<String, Tensor> tensors) {
    this(tensors, Map.of());
  }

  /// The same with free-form metadata.
  ///
  /// @param metadata sorted by name, so that the bytes are reproducible
  public SafetensorsContent(Map<String, Tensor> tensors, Map<String, String> metadata) {
    this(
        tensors.entrySet().stream()
            .map(entry -> TensorContent.of(entry.getKey(), entry.getValue()))
            .toList(),
        metadata);
  }

  /// The content of a file with tensors that write themselves one after the other.
  ///
  /// @throws IllegalArgumentException if a name is empty, `__metadata__` or repeated, or a tensor
  ///   is quantized
  public SafetensorsContent(Collection<TensorContent> tensors) {
    this(tensors, Map.of());
  }

  /// The same with free-form metadata.
  ///
  /// @param metadata sorted by name, so that the bytes are reproducible
  public SafetensorsContent(Collection<TensorContent> tensors, Map<String, String> metadata) {
    this.metadata = new TreeMap<>(metadata);
    this.tensors = new ArrayList<>(tensors);
    this.tensors.sort(
        Comparator.comparingInt((TensorContent tensor) -> tensor.bytes() % LINE == 0 ? 0 : 1)
            .thenComparingInt(tensor -> -tensor.type().bytesPerBlock())
            .thenComparing(TensorContent::name));
    var names = new HashSet<String>();
    for (var tensor : this.tensors) {
      if (tensor.name().isEmpty()
          || tensor.name().equals("__metadata__")
          || !names.add(tensor.name())) {
        throw new IllegalArgumentException(
            FormatException.quoted(tensor.name()) + " cannot be the name of a tensor");
      }
      if (tensor.type().isQuantized()) {
        throw new IllegalArgumentException(
            "tensor %s is %s, which a safetensors file cannot hold: convert it to FLOAT32, FLOAT16"
                    .formatted(FormatException.quoted(tensor.name()), tensor.type())
                + " or BFLOAT16, or write a .gguf file");
      }
    }
  }

  @Override
  public void writeTo(WritableByteChannel channel) throws IOException {
    FileContent.writeFully(channel, header());
    for (var tensor : tensors) {
      tensor.writeTo(channel);
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
    var texts = root.putObject("__metadata__").put("format", "pt");
    metadata.forEach(texts::put);
    long offset = 0;
    for (var content : tensors) {
      var tensor = root.putObject(content.name());
      tensor.put("dtype", StorageType.of(content.type()).name());
      var shape = tensor.putArray("shape");
      for (int i = 0; i < content.shape().rank(); i++) {
        shape.add(content.shape().dimension(i));
      }
      long end = Math.addExact(offset, content.bytes());
      tensor.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    return root;
  }
}
