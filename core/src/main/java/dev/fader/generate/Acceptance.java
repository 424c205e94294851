package dev.fader.generate;

/// What speculative decoding has saved.
///
/// @param passes of the model after the prompt's
/// @param drafted tokens that they read ahead
/// @param accepted drafted tokens that became part of the text
public record Acceptance(int passes, int drafted, int accepted) {
  /// The share of the drafted tokens that was accepted, 0 if there were none.
  public double rate() {
    return drafted == 0 ? 0 : (double) accepted / drafted;
  }

  /// Tokens of the text per pass, 1 without drafts.
  public double tokensPerPass() {
    return passes == 0 ? 1 : 1 + (double) accepted / passes;
  }
}
