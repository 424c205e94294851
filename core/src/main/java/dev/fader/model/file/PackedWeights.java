package dev.fader.model.file;

import dev.fader.format.FormatException;
import dev.fader.format.StorageType;
import dev.fader.format.StoredTensor;
import dev.fader.format.TensorFile;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/// Weights of a Hugging Face directory stored as two tensors, values and scales: MXFP4 blocks
/// (gpt-oss), which are rearranged as GGUF's blocks, and float8 with a scale per square tile
/// (DeepSeek-V3), which is converted to float32.
final class PackedWeights {
  private static final String BLOCKS = "_blocks";
  private static final String SCALES = "_scales";
  private static final String INVERSE_SCALE = "_scale_inv";
  private static final int BLOCK = 32;
  private static final int BLOCK_BYTES = 16;

  /// The tile size of DeepSeek-V3.
  private static final int SQUARE = 128;

  private final TensorFile file;
  private final TensorArena arena;

  private PackedWeights(TensorFile file, TensorArena arena) {
    this.file = file;
    this.arena = arena;
  }

  /// Adds copies in `arena` of the packed weights of `file` to `tensors`.
  ///
  /// @throws FormatException if values and scales do not match
  static void unpack(TensorFile file, TensorArena arena, Map<String, Tensor> tensors)
      throws FormatException {
    var packed = new PackedWeights(file, arena);
    for (var stored : file.tensors()) {
      String name = stored.name();
      if (name.endsWith(INVERSE_SCALE)) {
        packed.scale(stored, tensors);
      } else if (name.endsWith(BLOCKS)) {
        packed.repack(stored, name.substring(0, name.length() - BLOCKS.length()), tensors);
      }
    }
    packed.splitBiases(tensors);
  }

  private FormatException wrong(StoredTensor tensor, String problem) {
    return new FormatException(
        tensor.file(), "tensor " + FormatException.quoted(tensor.name()), problem);
  }

  /// Multiplies each tile of the matrix by its scale.
  private void scale(StoredTensor scales, Map<String, Tensor> tensors) throws FormatException {
    String name = scales.name().substring(0, scales.name().length() - INVERSE_SCALE.length());
    var stored = file.get(name);
    var shape = stored.shape();
    long rows = shape.rank() == 2 ? shape.dimension(0) : 0;
    long columns = shape.rank() == 2 ? shape.dimension(1) : 0;
    var needed = Shape.of(Math.ceilDiv(rows, SQUARE), Math.ceilDiv(columns, SQUARE));
    if (rows == 0 || !scales.shape().equals(needed) || !scales.type().isFloatingPoint()) {
      throw wrong(
          scales, "is %s of %s for a weight of %s".formatted(scales.type(), scales.shape(), shape));
    }
    var factors = arena.allocate(DType.FLOAT32, needed);
    scales.copyTo(factors);
    if (stored.type().tensorType().isPresent() || !tensors.containsKey(name)) {
      throw wrong(stored, "is stored as " + stored.type() + ", which needs no scales");
    }
    var weight = tensors.get(name); // a copy already, as no kernel reads float8
    for (long row = 0; row < rows; row++) {
      long factorRow = row / SQUARE * needed.dimension(1);
      for (long column = 0; column < columns; column++) {
        long at = row * columns + column;
        float number = weight.get(at);
        float product = number * factors.get(factorRow + column / SQUARE);
        if (Float.isInfinite(product) && Float.isFinite(number)) {
          throw wrong(
              scales,
              "makes of %s in row %d, column %d more than F32 holds"
                  .formatted(number, row, column));
        }
        weight.set(at, product);
      }
    }
    tensors.put(name, weight);
  }

  /// Blocks of (experts, out, in / 32, 16) bytes and scales of (experts, out, in / 32). Rows of
  /// gate and up are interleaved, and are separated into tensors of their own.
  private void repack(StoredTensor blocks, String name, Map<String, Tensor> tensors)
      throws FormatException {
    var scales = file.get(name + SCALES);
    var shape = blocks.shape();
    boolean fits =
        shape.rank() == 4
            && shape.dimension(3) == BLOCK_BYTES
            && blocks.type() == StorageType.U8
            && scales.type() == StorageType.U8
            && scales
                .shape()
                .equals(Shape.of(shape.dimension(0), shape.dimension(1), shape.dimension(2)));
    if (!fits) {
      throw wrong(
          blocks,
          "is %s of %s with scales %s of %s, and must be U8 of experts, rows, blocks, 16 and U8 of experts, rows, blocks"
              .formatted(blocks.type(), shape, scales.type(), scales.shape()));
    }
    var both = new Blocks(blocks.data(), scales.data(), shape);
    if (!name.endsWith("gate_up_proj")) {
      tensors.put(name, both.rows(0, 1, arena));
      return;
    }
    if (shape.dimension(1) % 2 != 0) {
      throw wrong(blocks, "has %d rows for gate and up".formatted(shape.dimension(1)));
    }
    tensors.put(name.replace("gate_up_proj", "gate_proj"), both.rows(0, 2, arena));
    tensors.put(name.replace("gate_up_proj", "up_proj"), both.rows(1, 2, arena));
  }

  /// Blocks and their scales.
  private record Blocks(MemorySegment blocks, MemorySegment scales, Shape shape) {
    /// Every `step`-th row of each expert from `first` on, in GGUF's layout.
    Tensor rows(int first, int step, TensorArena arena) {
      long experts = shape.dimension(0);
      long rows = shape.dimension(1);
      long perRow = shape.dimension(2);
      var tensor =
          arena.allocate(
              DType.MXFP4,
              Shape.of(experts, rows / step, Math.multiplyExact(perRow, (long) BLOCK)));
      var target = tensor.segment();
      long to = 0;
      for (long row = first; row < experts * rows; row += step) {
        for (long block = row * perRow; block < (row + 1) * perRow; block++) {
          write(block, target, to);
          to += 1 + BLOCK_BYTES;
        }
      }
      return tensor;
    }

    /// Here a byte holds two adjacent values; in GGUF two that are 16 apart.
    private void write(long block, MemorySegment target, long to) {
      target.set(ValueLayout.JAVA_BYTE, to, scales.get(ValueLayout.JAVA_BYTE, block));
      for (int i = 0; i < BLOCK_BYTES; i++) {
        int both = nibble(block, i) | nibble(block, i + BLOCK_BYTES) << 4;
        target.set(ValueLayout.JAVA_BYTE, to + 1 + i, (byte) both);
      }
    }

    private int nibble(long block, int index) {
      int pair = blocks.get(ValueLayout.JAVA_BYTE, block * BLOCK_BYTES + index / 2);
      return (index % 2 == 0 ? pair : pair >> 4) & 15;
    }
  }

  /// Biases of gate and up whose weights were separated.
  private void splitBiases(Map<String, Tensor> tensors) {
    for (var entry : List.copyOf(tensors.entrySet())) {
      String name = entry.getKey();
      String weight = name.replace("_bias", "");
      if (name.endsWith("gate_up_proj_bias") && !tensors.containsKey(weight)) {
        var both = entry.getValue();
        tensors.put(name.replace("gate_up_proj", "gate_proj"), everySecond(both, 0));
        tensors.put(name.replace("gate_up_proj", "up_proj"), everySecond(both, 1));
      }
    }
  }

  private Tensor everySecond(Tensor both, int first) {
    var shape = both.shape();
    var half = arena.floats(shape.dimension(0), shape.dimension(shape.rank() - 1) / 2);
    for (long i = 0; i < half.elements(); i++) {
      half.set(i, both.get(2 * i + first));
    }
    return half;
  }
}
