package dev.fader.generate;

import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// Samples tokens. The stages run in llama.cpp's order: logit bias, penalties (repetition,
/// presence, frequency), DRY, top-n-sigma, top-k, typical, top-p, min-p, XTC, temperature; or, in
/// place of all these, mirostat after a temperature without range.
///
/// Not safe for use by several threads; the same settings and logits give the same tokens.
public final class Sampler {
  private final List<LogitStage> adjustments = new ArrayList<>();
  private final List<TruncationStage> cuts = new ArrayList<>();
  private final Temperature temperature;
  private final Optional<MirostatBound> mirostat;
  private final SplittableRandom random;
  private int topK;

  /// A sampler with freshly seeded random numbers. The tokenizer turns DRY's sequence breakers into
  /// tokens; without one there are none.
  public Sampler(SamplerSettings settings, Optional<Tokenizer> tokenizer) {
    this.temperature =
        settings.mirostat().isPresent()
            ? new Temperature(settings.temperature().value())
            : settings.temperature();
    this.random = new SplittableRandom(settings.seed());
    this.mirostat = settings.mirostat().map(MirostatBound::new);
    if (!settings.logitBias().isEmpty()) {
      adjustments.add(new LogitBias(settings.logitBias()));
    }
    if (settings.truncation() instanceof Truncation.Cuts chosen) {
      add(settings.penalties(), tokenizer);
      add(chosen);
    }
  }

  private void add(Penalties penalties, Optional<Tokenizer> tokenizer) {
    if (penalties.penalizeTokens()) {
      adjustments.add(new TokenPenalty(penalties));
    }
    var dry = penalties.dry();
    if (dry.penalizes()) {
      adjustments.add(new DryPenalty(dry, new SequenceBreakers(dry.breakers(), tokenizer)));
    }
  }

  private void add(Truncation.Cuts chosen) {
    topK = chosen.topK();
    if (chosen.topNSigma() > 0) {
      adjustments.add(new TopNSigma(chosen.topNSigma()));
    }
    if (chosen.typicalP() < 1) {
      cuts.add(new TruncationStage.Typical(chosen.typicalP(), chosen.minKeep()));
    }
    if (chosen.topP() < 1) {
      cuts.add(new TruncationStage.TopP(chosen.topP(), chosen.minKeep()));
    }
    if (chosen.minP() > 0) {
      cuts.add(new TruncationStage.MinP(chosen.minP(), chosen.minKeep()));
    }
    if (chosen.xtc().probability() > 0) {
      cuts.add(
          new TruncationStage.ExcludeTopChoices(chosen.xtc(), chosen.minKeep(), random.split()));
    }
  }

  /// The next token.
  ///
  /// @param logits (vocabulary), which are changed; those of minus infinity are never chosen
  /// @param history the tokens so far, of which the first `length` count
  /// @throws IllegalStateException if all logits are NaN or minus infinity
  public int next(float[] logits, int[] history, int length) {
    for (var adjustment : adjustments) {
      adjustment.apply(logits, history, length);
    }
    if (temperature.value() == 0 && temperature.range() == 0 && cuts.isEmpty()) {
      return largest(logits);
    }
    var candidates = candidates(logits);
    if (candidates.count() == 0 || candidates.largest() == Float.POSITIVE_INFINITY) {
      throw broken();
    }
    for (var cut : cuts) {
      cut.apply(candidates);
    }
    candidates.applyTemperature(temperature.of(candidates));
    double uniform = random.nextDouble();
    return mirostat.isPresent()
        ? mirostat.get().draw(candidates, uniform)
        : candidates.id(candidates.draw(uniform));
  }

  /// The candidates that the first truncation can leave, sorted only where a truncation goes by
  /// rank.
  private Candidates candidates(float[] logits) {
    if (topK > 0 || mirostat.isPresent()) {
      return Candidates.of(logits, topK);
    }
    if (cuts.isEmpty()) {
      return Candidates.unsorted(logits);
    }
    return switch (cuts.getFirst()) {
      case TruncationStage.TopP(var p, var minKeep) when minKeep <= 1 ->
          Candidates.nucleus(logits, p);
      case TruncationStage.MinP(var p, var minKeep) when minKeep <= 1 ->
          Candidates.atLeast(logits, p);
      case TruncationStage.TopP _,
          TruncationStage.MinP _,
          TruncationStage.Typical _,
          TruncationStage.ExcludeTopChoices _ ->
          Candidates.of(logits, 0);
    };
  }

  /// The argmax, the first of several.
  static int largest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best] || Float.isNaN(logits[best])) {
        best = i;
      }
    }
    if (!(logits[best] > Float.NEGATIVE_INFINITY)) {
      throw broken();
    }
    return best;
  }

  private static IllegalStateException broken() {
    return new IllegalStateException(
        "the model's logits are not numbers: its weights are broken, or training diverged");
  }
}
