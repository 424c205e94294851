package dev.fader.tensor;

import java.util.Locale;

/// Thrown when an arena asks for more than its [TensorMemory] or the machine has left.
public final class OutOfTensorMemory extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean besideOthers;

  public OutOfTensorMemory(String purpose, long asked, long used, long limit) {
    this(
        String.format(
            Locale.ROOT,
            "out of memory: %s need %,d more bytes, %,d of %,d are in use",
            purpose,
            asked,
            used,
            limit),
        false);
  }

  private OutOfTensorMemory(String message, boolean besideOthers) {
    super(message);
    this.besideOthers = besideOthers;
  }

  /// The same where what is missing is shared memory, of which others have some.
  OutOfTensorMemory besideOthers() {
    return new OutOfTensorMemory(String.valueOf(getMessage()), true);
  }

  /// Whether others than the part that asked have some of the memory that is full, and may give it
  /// back: see [TensorMemory#within].
  public boolean isBesideOthers() {
    return besideOthers;
  }
}
