package dev.fader.tensor;

/// Thrown when an arena asks for more than its [TensorMemory] or the machine has left.
public final class OutOfTensorMemory extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutOfTensorMemory(String purpose, long asked, long used, long limit) {
    super(
        "out of memory: %s need %,d more bytes, %,d of %,d are in use"
            .formatted(purpose, asked, used, limit));
  }
}
