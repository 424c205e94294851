package dev.fader.tokenizer;

/// What [Tokenizer#encode(String, SpecialTokens)] makes of `<|endoftext|>` and the like when they
/// stand in the text.
public enum SpecialTokens {
  /// They are text like any other: the choice for what a user or a file brings.
  AS_TEXT,
  /// They become their ids: the choice for prompts that a chat template has written.
  AS_TOKENS
}
