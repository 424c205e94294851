package dev.fader.kernel.product;

import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/// Weights of any stored type for tests: blocks hold random bytes, so that every format is fed
/// whatever it can hold, with scales of reasonable size.
public final class StoredWeights {
  private StoredWeights() {}

  public static Tensor random(TensorArena arena, DType type, int rows, int columns, Random random) {
    var tensor = arena.allocate(type, Shape.of(rows, columns));
    if (type.isQuantized()) {
      fillBlocks(tensor, random);
    } else {
      for (long i = 0; i < tensor.elements(); i++) {
        tensor.set(i, (float) random.nextGaussian());
      }
    }
    return tensor;
  }

  private static void fillBlocks(Tensor tensor, Random random) {
    var type = tensor.type();
    var memory = tensor.segment();
    var block = new float[type.blockSize()];
    for (long at = 0; at < memory.byteSize(); at += type.bytesPerBlock()) {
      do {
        for (int i = 0; i < type.bytesPerBlock(); i++) {
          memory.set(ValueLayout.JAVA_BYTE, at + i, (byte) random.nextInt());
        }
        tensor.read(at / type.bytesPerBlock() * block.length, block, 0, block.length);
      } while (!reasonable(block));
    }
  }

  private static boolean reasonable(float[] block) {
    float largest = 0;
    for (float x : block) {
      if (Float.isNaN(x)) {
        return false;
      }
      largest = Math.max(largest, Math.abs(x));
    }
    return largest > 1e-3 && largest < 1e3;
  }
}
