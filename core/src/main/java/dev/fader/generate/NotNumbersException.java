package dev.fader.generate;

/// Says that what a model expects next is no probability: its numbers overflow, or are none.
public final class NotNumbersException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  NotNumbersException() {
    super(
        "the model's logits are not numbers: its weights are broken, training diverged, or a mix"
            + " turns something so far up that they overflow");
  }
}
