package dev.fader.grad;

import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;

/// Token ids of several sequences of one length: row `b * time + t` is token `firstPosition + t` of
/// sequence `b`.
///
/// @param ids INT32 (batch * time)
public record TokenBlock(Tensor ids, int batch, int time, int firstPosition) {
  public TokenBlock {
    if (ids.type() != DType.INT32 || ids.elements() != Math.multiplyExact((long) batch, time)) {
      throw new IllegalArgumentException("%d x %d tokens are not %s".formatted(batch, time, ids));
    }
  }

  /// The number of tokens.
  public int rows() {
    return batch * time;
  }
}
