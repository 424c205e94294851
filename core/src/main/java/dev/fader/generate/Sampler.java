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
  private final LogitStage[] adjustments;
  private final TruncationStage[] cuts;
  private final Temperature temperature;
  private final Optional<MirostatBound> mirostat;
  private final SplittableRandom random;
  private final int topK;
  private final boolean greedy;
  private final Candidates candidates = new Candidates();
  private double[] draftById = {}; // zeros between two calls

  /// A sampler with freshly seeded random numbers. The tokenizer turns DRY's sequence breakers into
  /// tokens; without one there are none.
  public Sampler(SamplerSettings settings, Optional<Tokenizer> tokenizer) {
    this.temperature =
        settings.mirostat().isPresent()
            ? new Temperature(settings.temperature().value())
            : settings.temperature();
    this.random = new SplittableRandom(settings.seed());
    this.mirostat = settings.mirostat().map(MirostatBound::new);
    var changes = new ArrayList<LogitStage>();
    var truncations = new ArrayList<TruncationStage>();
    if (!settings.logitBias().isEmpty()) {
      changes.add(new LogitBias(settings.logitBias()));
    }
    if (settings.truncation() instanceof Truncation.Cuts chosen) {
      addPenalties(settings.penalties(), tokenizer, changes);
      if (chosen.topNSigma() > 0) {
        changes.add(new TopNSigma(chosen.topNSigma()));
      }
      topK = chosen.topK();
      addCuts(chosen, truncations);
    } else {
      topK = 0;
    }
    this.adjustments = changes.toArray(LogitStage[]::new);
    this.cuts = truncations.toArray(TruncationStage[]::new);
    this.greedy =
        temperature.value() == 0
            && temperature.range() == 0
            && truncations.stream().allMatch(TruncationStage::keepsLargest);
  }

  private static void addPenalties(
      Penalties penalties, Optional<Tokenizer> tokenizer, List<LogitStage> changes) {
    if (penalties.penalizeTokens()) {
      changes.add(new TokenPenalty(penalties));
    }
    var dry = penalties.dry();
    if (dry.penalizes()) {
      changes.add(new DryPenalty(dry, new SequenceBreakers(dry.breakers(), tokenizer)));
    }
  }

  private void addCuts(Truncation.Cuts chosen, List<TruncationStage> truncations) {
    if (chosen.typicalP() < 1) {
      truncations.add(new TruncationStage.Typical(chosen.typicalP(), chosen.minKeep()));
    }
    if (chosen.topP() < 1) {
      truncations.add(new TruncationStage.TopP(chosen.topP(), chosen.minKeep()));
    }
    if (chosen.minP() > 0) {
      truncations.add(new TruncationStage.MinP(chosen.minP(), chosen.minKeep()));
    }
    if (chosen.xtc().probability() > 0) {
      truncations.add(
          new TruncationStage.ExcludeTopChoices(chosen.xtc(), chosen.minKeep(), random.split()));
    }
  }

  /// The next token.
  ///
  /// @param logits (vocabulary), which are changed; those of minus infinity are never chosen. They
  ///   are not kept: the array may be filled again for the next token
  /// @param history the tokens so far, of which the first `length` count
  /// @throws NotNumbersException if all logits are NaN or minus infinity
  public int next(float[] logits, int[] history, int length) {
    narrow(logits, history, length);
    return greedy ? candidates.id(0) : chosen(candidates.draw(random.nextDouble()));
  }

  /// The next token, and the distribution that it was sampled from.
  int draft(float[] logits, int[] history, int length, DraftDistribution distribution) {
    narrow(logits, history, length);
    distribution.set(candidates);
    return greedy ? candidates.id(0) : chosen(candidates.draw(random.nextDouble()));
  }

  /// The next token, where another model has sampled `drafted` from `distribution`: `drafted` with
  /// probability min(1, p / q), else a token of the rest `(p - q)+`. Its distribution is that of
  /// [#next] (Leviathan et al. 2023, arXiv:2211.17192; Chen et al. 2023, arXiv:2302.01318).
  int verify(
      float[] logits, int[] history, int length, int drafted, DraftDistribution distribution) {
    narrow(logits, history, length);
    if (greedy) {
      return candidates.id(0);
    }
    int rank = candidates.rank(drafted);
    double p = rank < 0 ? 0 : candidates.distribution()[rank];
    if (rank >= 0 && random.nextDouble() * distribution.of(drafted) < p) {
      return chosen(rank);
    }
    if (draftById.length < logits.length) {
      draftById = new double[logits.length];
    }
    distribution.scatter(draftById);
    int other = candidates.drawRest(draftById, random.nextDouble());
    distribution.clear(draftById);
    return chosen(other);
  }

  /// How likely the token that was sampled last was to be drawn. Of the tokens that are told with
  /// it, those that no setting left come last, with probability 0.
  ///
  /// @param before what the model predicted, before any setting
  /// @param ranked how many tokens are told with it
  TokenLikelihood likelihood(int id, Prediction before, int ranked) {
    var probabilities = candidates.distribution();
    var top = new ArrayList<Prediction.Candidate>();
    var rest = before.top(ranked);
    for (int rank : candidates.mostProbable(ranked)) {
      int likely = candidates.id(rank);
      top.add(new Prediction.Candidate(likely, probabilities[rank], before.logit(likely)));
    }
    for (int i = 0; top.size() < ranked && i < rest.size(); i++) {
      var left = rest.get(i);
      if (candidates.rank(left.id()) < 0) {
        top.add(new Prediction.Candidate(left.id(), 0, left.logit()));
      }
    }
    return new TokenLikelihood(id, Math.log(probabilities[candidates.rank(id)]), top);
  }

  /// Goes on from the state of another sampler with the same settings: mirostat's bound.
  void follow(Sampler other) {
    mirostat.ifPresent(bound -> other.mirostat.ifPresent(bound::follow));
  }

  /// Leaves the candidates that the next token is sampled from: one if decoding is greedy.
  private void narrow(float[] logits, int[] history, int length) {
    for (var adjustment : adjustments) {
      adjustment.apply(logits, history, length);
    }
    if (greedy) {
      int best = largest(logits);
      candidates.only(best, logits[best]);
      return;
    }
    collect(logits);
    if (candidates.count() == 0 || candidates.largest() == Float.POSITIVE_INFINITY) {
      throw new NotNumbersException();
    }
    for (var cut : cuts) {
      cut.apply(candidates);
    }
    candidates.applyTemperature(temperature.of(candidates));
    if (mirostat.isPresent()) {
      mirostat.get().cut(candidates);
    }
  }

  private int chosen(int rank) {
    if (mirostat.isPresent()) {
      mirostat.get().observe(candidates, rank);
    }
    return candidates.id(rank);
  }

  /// Takes the candidates that the first truncation can leave, sorted only where a truncation goes
  /// by rank.
  private void collect(float[] logits) {
    if (topK > 0 || mirostat.isPresent()) {
      candidates.of(logits, topK);
    } else if (cuts.length == 0) {
      candidates.unsorted(logits);
    } else {
      switch (cuts[0]) {
        case TruncationStage.TopP(var p, var minKeep) when minKeep <= 1 ->
            candidates.nucleus(logits, p);
        case TruncationStage.MinP(var p, var minKeep) when minKeep <= 1 ->
            candidates.atLeast(logits, p);
        case TruncationStage.TopP _,
            TruncationStage.MinP _,
            TruncationStage.Typical _,
            TruncationStage.ExcludeTopChoices _ ->
            candidates.of(logits, 0);
      }
    }
  }

  /// The argmax, the first of several.
  ///
  /// @throws NotNumbersException if no logit is a number above negative infinity
  public static int largest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best] || Float.isNaN(logits[best])) {
        best = i;
      }
    }
    if (!(logits[best] > Float.NEGATIVE_INFINITY)) {
      throw new NotNumbersException();
    }
    return best;
  }
}
