package dev.fader.tensor;

import java.util.Locale;

/// Thrown when an arena asks for more than its [TensorMemory] or the machine has left.
public final class OutOfTensorMemory extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public OutOfTensorMemory(String purpose, long asked, long used, long limit) {
    super(
        String.format(
            Locale.ROOT,
            "out of memory: %s need %,d more bytes, %,d of %,d are in use",
            purpose,
            asked,
            used,
            limit));
  }
}
