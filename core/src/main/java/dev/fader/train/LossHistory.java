package dev.fader.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The training loss of a run of any length in at most [#CAPACITY] means of equally many steps.
final class LossHistory {
  /// Even, because a full history becomes half as long.
  static final int CAPACITY = 256;

  /// The mean loss of some steps.
  ///
  /// @param lastStep the last of them
  record Mean(long lastStep, long count, double sum) {
    double loss() {
      return sum / count;
    }

    Mean and(Mean later) {
      return new Mean(later.lastStep, count + later.count, sum + later.sum);
    }
  }

  private final List<Mean> means = new ArrayList<>();

  /// Steps per mean: a power of two.
  private long stride = 1;

  LossHistory() {}

  /// A history restored from a checkpoint.
  LossHistory(long stride, List<Mean> means) {
    this.stride = stride;
    this.means.addAll(means);
  }

  void add(long step, double loss) {
    var mean = new Mean(step, 1, loss);
    if (!means.isEmpty() && means.getLast().count() < stride) {
      means.set(means.size() - 1, means.getLast().and(mean));
      return;
    }
    if (means.size() == CAPACITY) {
      halve();
    }
    means.add(mean);
  }

  private void halve() {
    for (int i = 0; i < CAPACITY / 2; i++) {
      means.set(i, means.get(2 * i).and(means.get(2 * i + 1)));
    }
    means.subList(CAPACITY / 2, CAPACITY).clear();
    stride *= 2;
  }

  List<Mean> means() {
    return Collections.unmodifiableList(means);
  }

  long stride() {
    return stride;
  }

  /// The mean loss of the steps in (`from`, `to`], to the resolution of the stored means; NaN if
  /// there are none.
  double between(long from, long to) {
    double sum = 0;
    long count = 0;
    for (var mean : means) {
      if (mean.lastStep() > from && mean.lastStep() <= to) {
        sum += mean.sum();
        count += mean.count();
      }
    }
    return count == 0 ? Double.NaN : sum / count;
  }
}
