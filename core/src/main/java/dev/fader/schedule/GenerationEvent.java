package dev.fader.schedule;

import dev.fader.generate.Generation;
import dev.fader.generate.TokenLikelihood;
import dev.fader.generate.TokenSpan;
import java.util.List;

/// What happens to a request.
public sealed interface GenerationEvent {
  /// A part of the prompt was read, and another is to be.
  ///
  /// @param tokens of the prompt
  /// @param reused those that were known from a prompt before
  /// @param read those that are read by now, the known ones included
  record PromptProgress(int tokens, int reused, int read) implements GenerationEvent {}

  /// The prompt was read, and the first token is known.
  ///
  /// @param tokens of the prompt
  /// @param reused those that were known from a prompt before
  record PromptRead(int tokens, int reused) implements GenerationEvent {}

  /// A text went on.
  ///
  /// @param number of the text, from 0
  /// @param ids of the new tokens
  /// @param text whole characters, which may be none yet, or those of tokens before
  /// @param likelihoods of the new tokens, if they were asked for
  /// @param spans the letters of the text that single added tokens wrote, in order; where stop
  ///   strings held some of them back, the first may begin before the text, below 0, and the last
  ///   end after it
  record Written(
      int number,
      List<Integer> ids,
      String text,
      List<TokenLikelihood> likelihoods,
      List<TokenSpan> spans)
      implements GenerationEvent {}

  /// A text has ended. All of it was told before.
  record Ended(int number, Generation generation) implements GenerationEvent {}

  /// The request failed, and nothing more comes.
  record Failed(RuntimeException cause) implements GenerationEvent {}
}
