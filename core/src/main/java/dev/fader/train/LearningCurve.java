package dev.fader.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// Training and validation losses of a run, and the verdict on them.
///
/// Every threshold is the larger of a share of the loss and a multiple of the noise that the curve
/// itself shows, so that jitter is not taken for news.
public final class LearningCurve {
  /// A validation loss.
  ///
  /// @param step updates before it
  /// @param loss in nats per token
  public record Point(long step, double loss) {}

  /// What the losses are compared with.
  ///
  /// @param frequencies unigram entropy in nats: the loss of a model that knows only token
  ///   frequencies
  /// @param rateFalls whether the learning rate falls towards the end of the run, which lowers the
  ///   loss by itself
  /// @param advice what may help
  public record Scale(double frequencies, boolean rateFalls, Advice advice) {
    /// Those of a whole model that learns from text.
    public Scale(double frequencies, boolean rateFalls) {
      this(frequencies, rateFalls, Advice.OF_MODELS);
    }

    /// A copy with other advice.
    public Scale with(Advice other) {
      return new Scale(frequencies, rateFalls, other);
    }
  }

  private static final int FEWEST_STEPS = 20;
  private static final int FEWEST_POINTS = 4;
  private static final int MOST_POINTS = 64;

  /// A fall by less than this share of the loss over the last third is a plateau.
  private static final double FLAT = 0.005;

  /// A rise by less than this share of the loss does not count.
  private static final double RISE = 0.01;

  /// Multiples of the noise that a rise must exceed.
  private static final double CERTAIN = 4;

  /// A fall by more than this share over the last third says that the run was too short.
  private static final double STEEP = 0.03;

  /// The same where the learning rate falls, which lowers the loss by itself: a choice, above what
  /// was measured in the last third of runs that worked, 5.9 % in the demo on a busy machine and
  /// 10.2 % on a quiet one (LearningCurveTest).
  private static final double STEEP_WITH_THE_RATE = 0.15;

  /// A loss above this share of the unigram entropy means little more than token frequencies was
  /// learned.
  private static final double BARELY_LEARNED = 0.9;

  private static final long SPIKES = 3;

  private final Scale scale;
  private final LossHistory training;
  private final List<Point> validation = new ArrayList<>();
  private final SpikeDetector spikes;
  private double first; // of one step, or of the few that a restored curve has in one mean

  /// An empty curve.
  public LearningCurve(Scale scale) {
    this(scale, new State(1, List.of(), List.of(), new SpikeDetector().state()));
  }

  /// A curve restored from a checkpoint.
  LearningCurve(Scale scale, State state) {
    this.scale = scale;
    this.training = new LossHistory(state.stride, state.training);
    this.validation.addAll(state.validation);
    this.spikes = SpikeDetector.of(state.spikes);
    this.first = training.means().isEmpty() ? 0 : training.means().getFirst().loss();
  }

  /// The state that a checkpoint keeps.
  record State(
      long stride,
      List<LossHistory.Mean> training,
      List<Point> validation,
      SpikeDetector.State spikes) {}

  State state() {
    return new State(
        training.stride(), List.copyOf(training.means()), List.copyOf(validation), spikes.state());
  }

  /// Records the training loss of a step.
  public void addTraining(long step, double loss) {
    if (training.means().isEmpty()) {
      first = loss;
    }
    training.add(step, loss);
    spikes.add(step, loss);
  }

  /// Records the validation loss after `step` updates; the one at step 0 is the baseline to improve
  /// on.
  public void addValidation(long step, double loss) {
    validation.add(new Point(step, loss));
  }

  /// All validation losses.
  public List<Point> validation() {
    return Collections.unmodifiableList(validation);
  }

  /// The lowest validation loss.
  public Optional<Point> best() {
    return validation.stream().reduce((best, point) -> point.loss() < best.loss() ? point : best);
  }

  /// The verdict so far; `finished` if the run has ended.
  public Verdict verdict(boolean finished) {
    var worse = worse(finished);
    if (worse.isPresent()) {
      return worse.get();
    }
    if (training.means().isEmpty() || lastStep() < FEWEST_STEPS || shown().size() < FEWEST_POINTS) {
      return verdict(
          Verdict.Kind.NEEDS_DATA,
          text(
              "%d steps and %d evaluations are too few to judge by", lastStep(), validation.size()),
          finished ? scale.advice().longer() : "");
    }
    return unstable().or(this::overfitting).orElseGet(() -> judged(finished));
  }

  /// The initial model is still better than every later one. Loss may rise in the first steps of
  /// fine-tuning and recover: before the end, two evaluations must agree.
  private Optional<Verdict> worse(boolean finished) {
    boolean hasStart = !validation.isEmpty() && validation.getFirst().step() == 0;
    if (!hasStart || validation.size() < (finished ? 2 : 3)) {
      return Optional.empty();
    }
    var start = validation.getFirst();
    if (best().orElse(start).step() > 0) {
      return Optional.empty();
    }
    return Optional.of(
        verdict(
            Verdict.Kind.WORSE,
            text(
                "the validation loss is %.3f after step %d, and was %.3f before the first",
                validation.getLast().loss(), validation.getLast().step(), start.loss()),
            scale.advice().worse()));
  }

  /// The verdict on a NaN or infinite loss or gradient.
  public Verdict diverged(long step) {
    return verdict(
        Verdict.Kind.DIVERGED,
        text("the loss or its gradient is NaN or infinite at step %d", step),
        "lower the learning rate or warm up longer");
  }

  private long lastStep() {
    return training.means().isEmpty() ? 0 : training.means().getLast().lastStep();
  }

  /// The validation curve where it has enough points, else the training curve.
  private List<Point> shown() {
    if (showsValidation()) {
      return validation;
    }
    return training.means().stream().map(mean -> new Point(mean.lastStep(), mean.loss())).toList();
  }

  private boolean showsValidation() {
    return lastThird(validation).size() >= FEWEST_POINTS;
  }

  private List<Point> lastThird(List<Point> points) {
    long begin = lastStep() - lastStep() / 3;
    return points.stream().filter(point -> point.step() >= begin).toList();
  }

  private Optional<Verdict> unstable() {
    long quarter = lastStep() - lastStep() / 4;
    long jumps = spikes.after(quarter);
    if (jumps >= SPIKES) {
      return Optional.of(
          verdict(
              Verdict.Kind.UNSTABLE,
              text("the training loss jumped %d times since step %d", jumps, quarter),
              "lower the learning rate, warm up longer or clip harder"));
    }
    return risen().or(this::neverFallen);
  }

  /// Training loss that stays above that of the first step, and above what token frequencies alone
  /// give: the first updates threw the model farther off than it began. Of fine-tuning, whose first
  /// batch may be an easy one, frequencies are far above the loss.
  private Optional<Verdict> neverFallen() {
    double lowest = Collections.min(windows());
    if (lowest > (1 + 2 * RISE) * first && lowest > scale.frequencies()) {
      return Optional.of(
          verdict(
              Verdict.Kind.UNSTABLE,
              text(
                  "the mean training loss never fell below %.3f, and began at %.3f", lowest, first),
              "lower the learning rate"));
    }
    return Optional.empty();
  }

  /// Training loss that has risen. Consecutive batches often come from one document, so window
  /// means vary more than the noise of single steps suggests, and their minimum most of all.
  private Optional<Verdict> risen() {
    double now = recentTraining(lastStep());
    var windows = windows();
    double lowest = Math.min(now, Collections.min(windows));
    double noise =
        RobustStatistics.noise(windows.stream().mapToDouble(Double::doubleValue).toArray());
    double rise = now - lowest;
    if (rise > Math.max(10 * RISE * lowest, CERTAIN * Math.max(noise, trainingNoise()))) {
      return Optional.of(
          verdict(
              Verdict.Kind.UNSTABLE,
              text("the mean training loss rose from %.3f to %.3f", lowest, now),
              "lower the learning rate"));
    }
    return Optional.empty();
  }

  /// The mean losses of the windows that end with the last step.
  private List<Double> windows() {
    var windows = new ArrayList<Double>();
    for (long step = lastStep() % window() + window(); step <= lastStep(); step += window()) {
      windows.add(recentTraining(step));
    }
    return windows;
  }

  /// Steps over which training losses are averaged: a twentieth of the run.
  private long window() {
    return Math.max(training.stride(), lastStep() / 20 + 1);
  }

  private double recentTraining(long step) {
    return training.between(step - window(), step);
  }

  /// The standard deviation of [#recentTraining].
  private double trainingNoise() {
    double[] losses = training.means().stream().mapToDouble(LossHistory.Mean::loss).toArray();
    double means = Math.max(1, (double) window() / training.stride());
    return RobustStatistics.noise(losses) / Math.sqrt(means);
  }

  private Optional<Verdict> overfitting() {
    if (validation.size() < FEWEST_POINTS) {
      return Optional.empty();
    }
    var best = best().orElseThrow();
    double[] losses = validation.stream().mapToDouble(Point::loss).toArray();
    int last = losses.length - 1;
    if (validation.get(last - 1).step() <= best.step()) {
      return Optional.empty();
    }
    // Two evaluations in a row, so that one bad one proves nothing.
    double now = losses[last];
    double surely = Math.min(now, losses[last - 1]);
    double needed = Math.max(RISE * best.loss(), CERTAIN * RobustStatistics.noise(recent(losses)));
    double trainingThen = recentTraining(Math.max(best.step(), window()));
    double trainingNow = recentTraining(lastStep());
    boolean trainingFell = trainingThen - trainingNow > 2 * trainingNoise();
    if (surely - best.loss() <= needed || !trainingFell) {
      return Optional.empty();
    }
    return Optional.of(
        verdict(
            Verdict.Kind.OVERFITTING,
            text(
                "the validation loss rose from %.3f at step %d to %.3f while the mean training loss fell"
                    + " from %.3f to %.3f",
                best.loss(), best.step(), now, trainingThen, trainingNow),
            text(scale.advice().overfitting(), best.step())));
  }

  private static double[] recent(double[] losses) {
    int count = Math.min(losses.length, 10);
    return Arrays.copyOfRange(losses, losses.length - count, losses.length);
  }

  private Verdict judged(boolean finished) {
    var fall = fall();
    double reached = validation.isEmpty() ? fall.now().loss() : validation.getLast().loss();
    if (finished && reached > BARELY_LEARNED * scale.frequencies()) {
      return verdict(
          Verdict.Kind.UNDERFITTING,
          text(
              "the %s loss is %.3f, and %s gives %.3f",
              validation.isEmpty() ? fall.what() : "validation",
              reached,
              scale.advice().knowing(),
              scale.frequencies()),
          fall.isFlat() ? scale.advice().stuck() : scale.advice().longer());
    }
    if (fall.isFlat()) {
      return verdict(Verdict.Kind.PLATEAU, fall.evidence(), scale.advice().plateau());
    }
    if (finished && fall.share() > (scale.rateFalls() ? STEEP_WITH_THE_RATE : STEEP)) {
      return verdict(
          Verdict.Kind.UNDERFITTING, "it ended while " + fall.evidence(), scale.advice().longer());
    }
    return verdict(Verdict.Kind.LEARNING, fall.evidence(), "");
  }

  /// The change over the last third of a curve.
  ///
  /// @param then the first point of it, and `now` the last, as they were measured
  /// @param slope of the line through it, in nats per step, which says whether it falls: one point
  ///   may be off
  private record Fall(String what, Point then, Point now, double slope, double noise) {
    /// Of the earlier loss.
    double share() {
      return (then.loss() - now.loss()) / Math.abs(then.loss());
    }

    boolean isFlat() {
      double fitted = -slope * (now.step() - then.step());
      double least = Math.max(FLAT * Math.abs(now.loss()), noise);
      return fitted < least || then.loss() - now.loss() < 0;
    }

    String evidence() {
      return text(
          "the %s loss went from %.3f at step %d to %.3f at step %d (%+.1f %%)",
          what, then.loss(), then.step(), now.loss(), now.step(), 0 - 100 * share());
    }
  }

  /// The last third of the curve. A step's own training loss says little, so the means of some are
  /// told.
  private Fall fall() {
    var third = lastThird(shown());
    var last = thinned(third);
    double[] steps = last.stream().mapToDouble(Point::step).toArray();
    double[] losses = last.stream().mapToDouble(Point::loss).toArray();
    double slope = RobustStatistics.slope(steps, losses);
    double noise = RobustStatistics.noise(losses) / Math.sqrt(last.size());
    if (showsValidation()) {
      return new Fall("validation", third.getFirst(), third.getLast(), slope, noise);
    }
    long then = Math.max(window(), third.getFirst().step());
    return new Fall(
        "mean training",
        new Point(then, recentTraining(then)),
        new Point(lastStep(), recentTraining(lastStep())),
        slope,
        noise);
  }

  /// Theil-Sen looks at every pair of points, so the curve is reduced first; by means rather than
  /// by sampling, so that every batch counts.
  private static List<Point> thinned(List<Point> points) {
    int stride = Math.ceilDiv(points.size(), MOST_POINTS);
    var thinned = new ArrayList<Point>();
    for (int end = points.size(); end > 0; end -= stride) {
      var some = points.subList(Math.max(0, end - stride), end);
      double loss = some.stream().mapToDouble(Point::loss).average().orElseThrow();
      thinned.add(new Point(some.getLast().step(), loss));
    }
    return thinned.reversed();
  }

  private Verdict verdict(Verdict.Kind kind, String evidence, String advice) {
    var bestStep = best().map(best -> OptionalLong.of(best.step())).orElse(OptionalLong.empty());
    return new Verdict(kind, evidence, advice, bestStep);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
