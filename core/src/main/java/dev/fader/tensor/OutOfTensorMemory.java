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
  ///
  /// @param theirs the bytes that they have
  /// @param enough whether those would do, were they given back
  OutOfTensorMemory besideOthers(long theirs, boolean enough) {
    return new OutOfTensorMemory(
        String.format(
            Locale.ROOT,
            enough ? "%s, %,d of them by others" : "%s, %,d of them by others, which are too few",
            getMessage(),
            theirs),
        enough);
  }

  /// Whether others than the part that asked have as much of the memory that is full as is missing,
  /// and may give it back: see [TensorMemory#within].
  public boolean isBesideOthers() {
    return besideOthers;
  }
}
