package dev.fader.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// Detects loss spikes: losses far above those just before them.
final class SpikeDetector {
  private static final int WINDOW = 32;

  /// In standard deviations: noise of a batch reaches this once in a billion steps.
  private static final double FAR = 6;

  /// A spike must also exceed the median by this share of it, for curves with hardly any noise.
  private static final double NOTICEABLE = 0.1;

  /// And by so many nats: what is known by heart costs thousandths, and now and then hundredths.
  private static final double WORTH_SAYING = 0.05;

  private static final int REMEMBERED = 64;

  private final double[] recent = new double[WINDOW];
  private final List<Long> spikes = new ArrayList<>();
  private long seen;
  private boolean above;

  /// Takes the loss of a step; several high ones in a row are one spike.
  void add(long step, double loss) {
    boolean high = seen >= WINDOW && loss > limit();
    if (high && !above) {
      if (spikes.size() == REMEMBERED) {
        spikes.removeFirst();
      }
      spikes.add(step);
    }
    above = high;
    recent[(int) (seen++ % WINDOW)] = loss;
  }

  private double limit() {
    double median = RobustStatistics.median(recent);
    double least = Math.max(WORTH_SAYING, NOTICEABLE * Math.abs(median));
    return median + Math.max(FAR * RobustStatistics.deviation(recent), least);
  }

  /// Spikes after `step`, the last 64 at most.
  long after(long step) {
    return spikes.stream().filter(spike -> spike > step).count();
  }

  /// The state that a checkpoint keeps.
  ///
  /// @param recent the last losses, in the order of the ring buffer
  record State(long seen, boolean above, List<Double> recent, List<Long> spikes) {}

  State state() {
    return new State(
        seen, above, Arrays.stream(recent).boxed().toList(), Collections.unmodifiableList(spikes));
  }

  static SpikeDetector of(State state) {
    var detector = new SpikeDetector();
    detector.seen = state.seen;
    detector.above = state.above;
    for (int i = 0; i < Math.min(WINDOW, state.recent.size()); i++) {
      detector.recent[i] = state.recent.get(i);
    }
    detector.spikes.addAll(state.spikes);
    return detector;
  }
}
