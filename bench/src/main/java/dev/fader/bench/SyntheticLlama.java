package dev.fader.bench;

import dev.fader.format.FileContent;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.TensorContent;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/// A GGUF file of a Llama whose weights are all zero: what llama.cpp writes of such a model, down
/// to the tokenizer with its merges, so that a program which opens it has as much to read as it
/// would have with a real one.
///
/// @param layers how many layers
/// @param width the width, in heads of `headSize`
/// @param headSize the width of a head
/// @param keyHeads heads of keys and values
/// @param hidden the width between the matrices of the feed-forward network
/// @param vocabulary tokens, special ones included
/// @param merges of byte pairs
record SyntheticLlama(
    int layers, int width, int headSize, int keyHeads, int hidden, int vocabulary, int merges) {

  private static final int CHUNK = 1 << 20;
  private static final int MOSTLY_Q8_0 = 7; // llama.cpp's file types

  /// The sizes of Llama 3.2 1B: 1.24 billion parameters.
  static SyntheticLlama oneBillion() {
    return new SyntheticLlama(16, 2048, 64, 8, 8192, 128_256, 280_147);
  }

  /// A file of some 30 KB, most of which stands before the data.
  static SyntheticLlama tiny() {
    return new SyntheticLlama(1, 32, 16, 1, 32, 320, 100);
  }

  GgufContent content() {
    return new GgufContent(metadata(), tensors());
  }

  private GgufMetadataBuilder metadata() {
    var fields =
        new GgufMetadataBuilder()
            .text("general.architecture", "llama")
            .text("general.type", "model")
            .text("general.name", "synthetic")
            .uint32("general.file_type", MOSTLY_Q8_0)
            .uint32("general.quantization_version", 2)
            .uint32("llama.block_count", layers)
            .uint32("llama.context_length", 131_072)
            .uint32("llama.embedding_length", width)
            .uint32("llama.feed_forward_length", hidden)
            .uint32("llama.attention.head_count", width / headSize)
            .uint32("llama.attention.head_count_kv", keyHeads)
            .uint32("llama.attention.key_length", headSize)
            .uint32("llama.attention.value_length", headSize)
            .float32("llama.attention.layer_norm_rms_epsilon", 1e-5)
            .float32("llama.rope.freq_base", 500_000)
            .uint32("llama.rope.dimension_count", headSize)
            .uint32("llama.vocab_size", vocabulary);
    new SyntheticTokenizer(vocabulary, merges).describe(fields);
    return fields;
  }

  private List<TensorContent> tensors() {
    int heads = width / headSize;
    var tensors = new ArrayList<TensorContent>();
    tensors.add(matrix("token_embd", vocabulary, width));
    tensors.add(vector("output_norm", width));
    tensors.add(vector("rope_freqs", headSize / 2));
    for (int layer = 0; layer < layers; layer++) {
      String block = "blk." + layer + ".";
      tensors.add(vector(block + "attn_norm", width));
      tensors.add(matrix(block + "attn_q", heads * headSize, width));
      tensors.add(matrix(block + "attn_k", keyHeads * headSize, width));
      tensors.add(matrix(block + "attn_v", keyHeads * headSize, width));
      tensors.add(matrix(block + "attn_output", width, heads * headSize));
      tensors.add(vector(block + "ffn_norm", width));
      tensors.add(matrix(block + "ffn_gate", hidden, width));
      tensors.add(matrix(block + "ffn_up", hidden, width));
      tensors.add(matrix(block + "ffn_down", width, hidden));
    }
    return tensors;
  }

  private static TensorContent matrix(String name, int rows, int columns) {
    return zeros(name, DType.Q8_0, Shape.of(rows, columns));
  }

  private static TensorContent vector(String name, int length) {
    long bytes = (long) length * Float.BYTES;
    return new TensorContent(
        name + ".weight",
        DType.FLOAT32,
        Shape.of(length),
        channel -> {
          var ones = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
          while (ones.hasRemaining()) {
            ones.putFloat(1);
          }
          FileContent.writeFully(channel, ones.flip());
        });
  }

  private static TensorContent zeros(String name, DType type, Shape shape) {
    long bytes = type.bytesFor(shape);
    return new TensorContent(name + ".weight", type, shape, channel -> writeZeros(channel, bytes));
  }

  private static void writeZeros(WritableByteChannel channel, long bytes) throws IOException {
    var zeros = ByteBuffer.allocate(CHUNK);
    for (long left = bytes; left > 0; left -= CHUNK) {
      FileContent.writeFully(channel, zeros.clear().limit((int) Math.min(left, CHUNK)));
    }
  }
}
