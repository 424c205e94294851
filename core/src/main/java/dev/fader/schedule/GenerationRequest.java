package dev.fader.schedule;

import dev.fader.generate.Drafter;
import dev.fader.generate.GenerationSettings;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A prompt that is to be continued, and how.
public final class GenerationRequest {
  private final int[] prompt;
  private final GenerationSettings settings;
  private final Texts texts;
  private final Terms terms;

  /// What is written.
  ///
  /// @param count of continuations, the seed of each one more than that of the one before
  /// @param strengths of the adapters that a text chooses from, as
  ///   [dev.fader.generate.SessionPool#open(int, float...)] takes them; none where there are none
  /// @param ranked how many of the most probable tokens are told with each token, 0 for how likely
  ///   it is alone, -1 for nothing
  /// @param sampled whether that is how likely the sampler was to draw a token, and not how likely
  ///   it was by the model
  /// @param draftTokens drafted by look-up and verified together; 0 for none
  public record Texts(
      int count, List<Float> strengths, int ranked, boolean sampled, int draftTokens) {
    /// One text of the model alone.
    public static final Texts ONE = new Texts(1, List.of(), -1, 0);

    /// Texts with how likely their tokens were by the model.
    public Texts(int count, List<Float> strengths, int ranked, int draftTokens) {
      this(count, strengths, ranked, false, draftTokens);
    }

    /// @throws IllegalArgumentException if a number is out of range
    public Texts {
      if (count < 1 || count > SchedulerLimits.MOST_RUNNING) {
        throw new IllegalArgumentException(
            "`count` is %d, and must be from 1 to %d"
                .formatted(count, SchedulerLimits.MOST_RUNNING));
      }
      if (ranked < -1) {
        throw new IllegalArgumentException(
            "`ranked` is %d, and must be at least -1".formatted(ranked));
      }
      if (draftTokens != 0) {
        Drafter.requireDraftTokens(draftTokens);
      }
      strengths = List.copyOf(strengths);
    }

    /// The same with how likely the sampler was to draw their tokens.
    public Texts asSampled() {
      return new Texts(count, strengths, ranked, true, draftTokens);
    }

    float[] strengthArray() {
      var array = new float[strengths.size()];
      for (int i = 0; i < array.length; i++) {
        array[i] = strengths.get(i);
      }
      return array;
    }
  }

  /// When it comes to its turn.
  ///
  /// @param client whose it is: clients get the same share of prompts
  /// @param priority higher ones come first
  /// @param deadline after which nobody wants it any more
  public record Terms(String client, int priority, Optional<Instant> deadline) {
    /// Of a program that has no clients.
    public static final Terms USUAL = new Terms("", 0, Optional.empty());
  }

  /// One text on the usual terms.
  ///
  /// @param prompt ids of its tokens
  /// @throws IllegalArgumentException if the prompt is empty
  public GenerationRequest(int[] prompt, GenerationSettings settings) {
    this(prompt.clone(), settings, Texts.ONE, Terms.USUAL);
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt is empty: give at least one token");
    }
  }

  private GenerationRequest(int[] prompt, GenerationSettings settings, Texts texts, Terms terms) {
    this.prompt = prompt;
    this.settings = settings;
    this.texts = texts;
    this.terms = terms;
  }

  /// The same with other texts.
  public GenerationRequest with(Texts other) {
    return new GenerationRequest(prompt, settings, other, terms);
  }

  /// The same on other terms.
  public GenerationRequest with(Terms other) {
    return new GenerationRequest(prompt, settings, texts, other);
  }

  /// The ids of the prompt's tokens, a copy.
  public int[] prompt() {
    return prompt.clone();
  }

  /// How tokens are sampled, and when a text ends.
  public GenerationSettings settings() {
    return settings;
  }

  /// What is written.
  public Texts texts() {
    return texts;
  }

  /// When it comes to its turn.
  public Terms terms() {
    return terms;
  }
}
