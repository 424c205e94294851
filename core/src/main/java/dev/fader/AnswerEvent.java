package dev.fader;

import dev.fader.answer.Answer;
import dev.fader.answer.AnswerPart;
import dev.fader.generate.Generation;
import dev.fader.generate.TokenLikelihood;
import java.util.List;

/// What happens to a question.
public sealed interface AnswerEvent {
  /// A part of the conversation was read, and another is to be.
  ///
  /// @param tokens of the prompt
  /// @param reused those that were known from a prompt before
  /// @param read those that are read by now, the known ones included
  record PromptProgress(int tokens, int reused, int read) implements AnswerEvent {}

  /// The conversation was read, and the first token of an answer is known.
  ///
  /// @param tokens of the prompt
  /// @param reused those that were known from a prompt before
  record PromptRead(int tokens, int reused) implements AnswerEvent {}

  /// An answer went on.
  ///
  /// @param number of the answer, from 0
  /// @param parts what is new of it; none where it is not known yet what the text will be
  /// @param ids of the new tokens
  /// @param likelihoods of the new tokens, if they were asked for
  record Written(
      int number, List<AnswerPart> parts, List<Integer> ids, List<TokenLikelihood> likelihoods)
      implements AnswerEvent {}

  /// An answer has ended. All of it was told before.
  ///
  /// @param generation its tokens and their text, tags included
  record Ended(int number, Answer answer, Generation generation) implements AnswerEvent {}

  /// The question failed, and nothing more comes.
  record Failed(RuntimeException cause) implements AnswerEvent {}
}
