package dev.fader.sweep.law;

import dev.fader.evaluate.interval.Interval;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/// The law that trials follow, and how well they determine it.
public final class ScalingFit {
  /// Trials that a law with five unknowns is found from, at least.
  public static final int FEWEST_TRIALS = 8;

  /// Different sizes, and different numbers of tokens, at least: an exponent is a bend, which two
  /// points do not show.
  public static final int FEWEST_SIZES = 3;

  /// A predicted loss whose interval is wider than this, as a share of it, is no prediction.
  private static final double WIDEST = 0.1;

  private static final int RESAMPLES = 400;
  private static final int UNKNOWNS = 5;

  private final ScalingLaw law;
  private final List<ScalingLaw> resampled;
  private final double deviation;
  private final boolean undetermined;

  private ScalingFit(
      ScalingLaw law, List<ScalingLaw> resampled, double deviation, boolean undetermined) {
    this.law = law;
    this.resampled = resampled;
    this.deviation = deviation;
    this.undetermined = undetermined;
  }

  /// Fits a law to trials. Its intervals are those of a bootstrap of the residuals (Efron 1979):
  /// the law's own losses with distances from it drawn anew, widened by what five unknowns took out
  /// of them. Drawing whole trials anew would often leave too few sizes to determine anything.
  ///
  /// @param seed of the draws; the same gives the same intervals
  /// @throws IllegalArgumentException if [#missing] says that trials are too few
  public static ScalingFit of(List<Trial> trials, long seed) {
    missing(trials)
        .ifPresent(problem -> {
          throw new IllegalArgumentException(problem);
        });
    var search = new LawSearch(trials);
    var losses = trials.stream().mapToDouble(trial -> Math.log(trial.loss())).toArray();
    var found = search.search(losses);
    var fitted = new double[losses.length];
    var residuals = new double[losses.length];
    Arrays.setAll(fitted, i -> search.logLoss(found.unknowns(), i));
    Arrays.setAll(residuals, i -> losses[i] - fitted[i]);
    double freedom = (double) losses.length / (losses.length - UNKNOWNS);
    double squares = Arrays.stream(residuals).map(off -> off * off).sum();
    var random = new SplittableRandom(seed);
    var laws = new ScalingLaw[RESAMPLES];
    for (int resample = 0; resample < RESAMPLES; resample++) {
      var drawn = fitted.clone();
      for (int i = 0; i < drawn.length; i++) {
        drawn[i] += Math.sqrt(freedom) * residuals[random.nextInt(residuals.length)];
      }
      laws[resample] = search.law(search.descend(found.unknowns(), drawn).unknowns());
    }
    return new ScalingFit(
        search.law(found.unknowns()),
        List.of(laws),
        Math.sqrt(squares / (losses.length - UNKNOWNS)),
        LawSearch.isUndetermined(found.unknowns()));
  }

  /// What trials lack for a law to be found from them, in words; empty if they suffice.
  public static Optional<String> missing(List<Trial> trials) {
    long sizes = trials.stream().mapToDouble(Trial::size).distinct().count();
    long lengths = trials.stream().mapToDouble(Trial::tokens).distinct().count();
    if (trials.size() >= FEWEST_TRIALS && sizes >= FEWEST_SIZES && lengths >= FEWEST_SIZES) {
      return Optional.empty();
    }
    return Optional.of(
        "%d runs of %d sizes and %d lengths do not show a law: it takes %d runs of %d sizes and %d lengths"
            .formatted(trials.size(), sizes, lengths, FEWEST_TRIALS, FEWEST_SIZES, FEWEST_SIZES));
  }

  public ScalingLaw law() {
    return law;
  }

  /// How far losses lie from the law, as a share of them: their standard deviation.
  public double deviation() {
    return deviation;
  }

  /// Where a figure that follows from the law is likely to be, with a confidence of 95 %.
  public Interval interval(ToDoubleFunction<ScalingLaw> figure) {
    var values = resampled.stream().mapToDouble(figure).sorted().toArray();
    int outside = (int) (0.025 * values.length);
    return new Interval(values[outside], values[values.length - 1 - outside]);
  }

  /// Why the loss at the best use of `flops` cannot be predicted, in words; empty if it can.
  public Optional<String> doubt(double flops) {
    if (undetermined) {
      return Optional.of(
          "an exponent of the law went to the end of its range: the runs are too alike to show it");
    }
    double expected = law.optimum(flops).loss();
    var likely = interval(other -> other.optimum(flops).loss());
    if (!(likely.high() - likely.low() <= WIDEST * expected)) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "the loss could be from %.3f to %.3f there: more or longer runs would tell",
              likely.low(),
              likely.high()));
    }
    return Optional.empty();
  }
}
