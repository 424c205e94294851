package dev.fader.serve.openai;

import dev.fader.AnswerEvent;
import dev.fader.answer.AnswerPart;
import dev.fader.generate.Generation;
import dev.fader.generate.TokenLikelihood;
import dev.fader.serve.http.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// All that was told of a request's answers so far. Owned by one caller.
final class AnswerRecord {
  private final Supplier<RuntimeException> brokenOff;
  private final List<Text> texts = new ArrayList<>();
  private final boolean keepsLikelihoods;
  private int reasoning; // tokens of thoughts

  /// One answer of them.
  static final class Text {
    private final List<TokenLikelihood> likelihoods = new ArrayList<>();
    private Optional<AnswerEvent.Ended> end = Optional.empty();

    /// How likely its tokens were, if that was asked for.
    List<TokenLikelihood> likelihoods() {
      return likelihoods;
    }

    /// Its end, which must have come.
    AnswerEvent.Ended end() {
      return end.orElseThrow();
    }
  }

  /// @param brokenOff why a text was, if one is
  /// @param count of answers
  /// @param keepsLikelihoods whether how likely tokens were is told in the end, or as they come
  AnswerRecord(Supplier<RuntimeException> brokenOff, int count, boolean keepsLikelihoods) {
    this.brokenOff = brokenOff;
    this.keepsLikelihoods = keepsLikelihoods;
    for (int i = 0; i < count; i++) {
      texts.add(new Text());
    }
  }

  /// Notes an event.
  ///
  /// @throws RuntimeException if the request has failed, its client has gone, or the server ends
  void add(AnswerEvent event) {
    switch (event) {
      case AnswerEvent.PromptProgress _, AnswerEvent.PromptRead _ -> {}
      case AnswerEvent.Written written -> {
        if (keepsLikelihoods) {
          texts.get(written.number()).likelihoods.addAll(written.likelihoods());
        }
        if (isThought(written.parts())) {
          reasoning += written.ids().size();
        }
      }
      case AnswerEvent.Ended ended -> {
        requireWhole(ended.generation(), brokenOff);
        texts.get(ended.number()).end = Optional.of(ended);
      }
      case AnswerEvent.Failed(var cause) -> throw cause;
    }
  }

  private static boolean isThought(List<AnswerPart> parts) {
    return !parts.isEmpty() && parts.stream().allMatch(AnswerPart.Reasoning.class::isInstance);
  }

  static void requireWhole(Generation generation, Supplier<RuntimeException> brokenOff) {
    if (generation.stopReason() == Generation.StopReason.INTERRUPTED) {
      throw brokenOff.get();
    }
  }

  /// The answers.
  List<Text> texts() {
    return texts;
  }

  private List<Generation> generations() {
    return texts.stream().map(text -> text.end().generation()).toList();
  }

  /// How many tokens they took, once all have ended.
  TokenCounts counts() {
    return TokenCounts.of(generations(), reasoning);
  }

  /// The first one's generation.
  Generation first() {
    return texts.getFirst().end().generation();
  }

  /// For the log.
  Usage usage(String model) {
    var counts = counts();
    return new Usage(
        "chat",
        model,
        counts.prompt(),
        counts.cached(),
        counts.written(),
        texts.stream().map(text -> FinishReason.of(text.end())).toList());
  }
}
