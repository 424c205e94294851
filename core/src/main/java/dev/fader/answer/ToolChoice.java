package dev.fader.answer;

import java.util.Optional;

/// Which tools a model calls.
///
/// @param function the only function that may be called
/// @param parallel whether it may call several at a time
public record ToolChoice(Mode mode, Optional<String> function, boolean parallel) {
  /// Whether it calls any.
  public enum Mode {
    /// It calls none, and sees none.
    NONE,
    /// As it likes.
    AUTO,
    /// It must.
    REQUIRED
  }

  /// No calls.
  public static final ToolChoice NONE = new ToolChoice(Mode.NONE, Optional.empty(), false);

  /// As the model likes.
  public static final ToolChoice AUTO = new ToolChoice(Mode.AUTO, Optional.empty(), true);

  /// At least one call.
  public static final ToolChoice REQUIRED = new ToolChoice(Mode.REQUIRED, Optional.empty(), true);

  /// One call of this function.
  public static ToolChoice of(String function) {
    return new ToolChoice(Mode.REQUIRED, Optional.of(function), false);
  }

  /// The same with several calls at a time, or one.
  public ToolChoice withParallel(boolean several) {
    return new ToolChoice(mode, function, several && function.isEmpty());
  }
}
