package dev.fader.kernel.product;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.quantized.PlainBlocks;
import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The rows of a left operand, one after the other, as the products with few rows want them.
final class LeftRows {
  /// Numbers from here on are infinite when they are scaled for halves.
  private static final float TOO_LARGE = 0x1p16f;

  private float[] numbers = {};
  private float[] forHalves = {};
  private boolean fitHalves;
  private int depth;
  private int count; // of all numbers

  /// Takes `rows` rows of a from `first` on.
  ///
  /// @param scratch room for what is decoded
  void take(Matrix a, int first, int rows, float[] scratch) {
    depth = a.columns();
    count = Math.multiplyExact(rows, depth);
    fitHalves = false;
    if (numbers.length < count) {
      numbers = new float[count];
    }
    var from = a.tensor().segment();
    boolean plain = a.tensor().type() == DType.FLOAT32 && a.columnStride() == 1;
    for (int row = 0; row < rows; row++) {
      int at = row * depth;
      if (plain) {
        MemorySegment.copy(from, Floats.LAYOUT, Floats.start(a, first + row), numbers, at, depth);
      } else {
        BlockPacking.pack(Window.ofRows(a), first + row, 1, 0, depth, numbers, at, 1, scratch);
      }
    }
  }

  /// Scales the rows for right operands of float16, if [PlainBlocks] multiplies them.
  void scaleForHalves() {
    if (fitHalves || !PlainBlocks.has(DType.FLOAT16, depth)) {
      return;
    }
    if (forHalves.length < count) {
      forHalves = new float[count];
    }
    var most = FloatVector.zero(FLOATS);
    for (int i = 0; i < count; i += FLOATS.length()) {
      var x = FloatVector.fromArray(FLOATS, numbers, i);
      most = most.max(x.lanewise(ABS));
      x.mul(PlainBlocks.SCALE).intoArray(forHalves, i);
    }
    fitHalves = most.reduceLanes(MAX) < TOO_LARGE;
  }

  int depth() {
    return depth;
  }

  /// The rows.
  float[] numbers() {
    return numbers;
  }

  /// Whether [PlainBlocks] can multiply them with operands of a type.
  boolean suit(DType type) {
    return PlainBlocks.has(type, depth) && (type != DType.FLOAT16 || fitHalves);
  }

  /// The rows as [PlainBlocks] wants them.
  float[] plain(DType type) {
    return type == DType.FLOAT16 ? forHalves : numbers;
  }
}
