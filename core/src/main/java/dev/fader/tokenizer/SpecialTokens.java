package dev.fader.tokenizer;

/// How [Tokenizer#encode(String, SpecialTokens)] treats `<|endoftext|>` and the like in a text.
public enum SpecialTokens {
  /// They are encoded as ordinary text: for input from users and files.
  AS_TEXT,
  /// They are encoded as their ids: for prompts written by a chat template.
  AS_TOKENS
}
