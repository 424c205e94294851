package dev.fader.evaluate;

import dev.fader.generate.Conversation;

/// What a model is asked.
public sealed interface TaskPrompt {
  /// A text that the model goes on from, taken as it is.
  record Text(String text) implements TaskPrompt {}

  /// A prompt as a model is tuned with: what a user says, where the model has a chat template, and
  /// else a text to go on from.
  record Request(String text) implements TaskPrompt {}

  /// A question, put as `Question: …` and `Answer:` on a line each, behind what there is to know
  /// first. Its answer is a line.
  ///
  /// @param context empty for none
  record Question(String context, String question) implements TaskPrompt {
    /// What the model goes on from.
    public String text() {
      return "%sQuestion: %s\nAnswer:".formatted(context.isEmpty() ? "" : context + "\n", question);
    }
  }

  /// A conversation that the model answers in.
  record Chat(Conversation conversation) implements TaskPrompt {}
}
