package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/// The second matrix of a feed-forward network, what each of its neurons adds to the outputs stored
/// side by side: a neuron that is zero is then a row that need not be read.
///
/// An exact copy in as many bits. Blocks of Q8_0, which run along the neurons, become signed bytes
/// with a float16 scale for 32 neurons of an output.
///
/// @param weights (neurons, outputs): float32, float16 or bfloat16, or the levels of Q8_0 as int8
/// @param scales (neurons / 32, outputs) of levels, float16
public record NeuronMajor(Tensor weights, Optional<Tensor> scales) {
  /// Neurons that share scales.
  static final int BLOCK = 32;

  private static final int BLOCK_BYTES = 34;
  private static final int TILE = 32;
  private static final int FLOAT16_INFINITY = 0x7c00;

  /// Whether there is a copy of matrices of this type.
  public static boolean supports(DType type) {
    return switch (type) {
      case FLOAT32, FLOAT16, BFLOAT16, Q8_0 -> true;
      default -> false;
    };
  }

  /// A copy of `down` (outputs, neurons) in `arena`, or `down` itself where it lies neuron by
  /// neuron already.
  ///
  /// @throws IllegalArgumentException if its type is not [#supports]ed, or a number is infinite or
  ///   NaN, so that a zero times it is none
  public static NeuronMajor of(Matrix down, TensorArena arena) {
    var type = down.tensor().type();
    if (!supports(type)) {
      throw new IllegalArgumentException(
          "a matrix of %s cannot be stored neuron by neuron: F32, F16, BF16 and Q8_0 can"
              .formatted(type));
    }
    return type == DType.Q8_0 ? ofBlocks(down, arena) : ofNumbers(down, arena);
  }

  private static NeuronMajor ofNumbers(Matrix down, TensorArena arena) {
    var stored = down.tensor();
    var shape = Shape.of(down.columns(), down.rows());
    requireFinite(stored);
    if (down.rowStride() == 1) {
      return new NeuronMajor(stored.reshape(down.columns(), down.rows()), Optional.empty());
    }
    var copy = arena.allocate(stored.type(), shape);
    boolean isHalf = stored.type() != DType.FLOAT32;
    for (int row = 0; row < down.rows(); row += TILE) {
      for (int column = 0; column < down.columns(); column += TILE) {
        if (isHalf) {
          transposeHalves(down, row, column, copy.segment());
        } else {
          transposeFloats(down, row, column, copy.segment());
        }
      }
    }
    return new NeuronMajor(copy, Optional.empty());
  }

  private static void transposeFloats(Matrix down, int row, int column, MemorySegment to) {
    var from = down.tensor().segment();
    for (int i = row; i < Math.min(down.rows(), row + TILE); i++) {
      for (int j = column; j < Math.min(down.columns(), column + TILE); j++) {
        float number = from.get(Floats.LAYOUT, (down.offset() + i * down.rowStride() + j) * 4);
        to.set(Floats.LAYOUT, ((long) j * down.rows() + i) * 4, number);
      }
    }
  }

  private static void transposeHalves(Matrix down, int row, int column, MemorySegment to) {
    var from = down.tensor().segment();
    for (int i = row; i < Math.min(down.rows(), row + TILE); i++) {
      for (int j = column; j < Math.min(down.columns(), column + TILE); j++) {
        short number = from.get(Floats.SHORT, (down.offset() + i * down.rowStride() + j) * 2);
        to.set(Floats.SHORT, ((long) j * down.rows() + i) * 2, number);
      }
    }
  }

  private static NeuronMajor ofBlocks(Matrix down, TensorArena arena) {
    if (down.columnStride() != 1) {
      throw new IllegalArgumentException("blocks of a matrix (in, out) run along its outputs");
    }
    int outputs = down.rows();
    int blocks = down.columns() / BLOCK;
    var levels = arena.allocate(DType.INT8, Shape.of(down.columns(), outputs));
    var scales = arena.allocate(DType.FLOAT16, Shape.of(blocks, outputs));
    var from = down.tensor().segment();
    long first = down.offset() / BLOCK * BLOCK_BYTES;
    for (int row = 0; row < outputs; row += TILE) {
      int end = Math.min(outputs, row + TILE);
      for (int block = 0; block < blocks; block++) {
        for (int output = row; output < end; output++) {
          long at = first + ((long) output * blocks + block) * BLOCK_BYTES;
          short scale = from.get(Floats.SHORT, at);
          requireFinite((scale & FLOAT16_INFINITY) != FLOAT16_INFINITY);
          scales.segment().set(Floats.SHORT, ((long) block * outputs + output) * 2, scale);
          for (int i = 0; i < BLOCK; i++) {
            long to = (long) (block * BLOCK + i) * outputs + output;
            levels
                .segment()
                .set(ValueLayout.JAVA_BYTE, to, from.get(ValueLayout.JAVA_BYTE, at + 2 + i));
          }
        }
      }
    }
    return new NeuronMajor(levels, Optional.of(scales));
  }

  private static void requireFinite(Tensor stored) {
    var from = stored.segment();
    for (long i = 0; i < stored.elements(); i++) {
      requireFinite(
          switch (stored.type()) {
            case FLOAT32 -> Float.isFinite(from.get(Floats.LAYOUT, i * 4));
            case BFLOAT16 -> (from.get(Floats.SHORT, i * 2) & 0x7f80) != 0x7f80;
            default -> (from.get(Floats.SHORT, i * 2) & FLOAT16_INFINITY) != FLOAT16_INFINITY;
          });
    }
  }

  private static void requireFinite(boolean finite) {
    if (!finite) {
      throw new IllegalArgumentException(
          "it has a weight that is infinite or no number, which zeros do not leave out");
    }
  }

  /// Rows: one for each neuron.
  public int neurons() {
    return weights.shape().size(0);
  }

  /// Columns.
  public int outputs() {
    return weights.shape().size(1);
  }
}
