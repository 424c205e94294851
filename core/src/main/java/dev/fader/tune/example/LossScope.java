package dev.fader.tune.example;

/// Which tokens of an example are learned. Of a text, all are.
public enum LossScope {
  /// What the assistant says, in each of its messages, and the token that ends it. Of a prompt with
  /// a completion, the completion.
  ASSISTANT,
  /// Only the last message of the assistant.
  LAST,
  /// The same, by the name it has for prompts with completions.
  COMPLETION,
  /// Everything, prompts and messages of users too.
  ALL
}
