package dev.fader.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How long ranks have waited for what they exchange in steps. The slowest waits least, for the
/// network alone; others wait for it, too.
///
/// @param seconds by rank
/// @param of seconds that the steps took
public record Waiting(List<Double> seconds, double of) {
  /// Of no steps.
  public static final Waiting NONE = new Waiting(List.of(), 0);

  public Waiting {
    seconds = List.copyOf(seconds);
  }

  /// A rank that the others wait for.
  ///
  /// @param share of the time of the steps
  public record Slow(int rank, double share) {}

  /// With that of more steps of the same ranks.
  public Waiting plus(Waiting more) {
    if (seconds.isEmpty() || more.seconds.isEmpty()) {
      return seconds.isEmpty() ? more : this;
    }
    var sums = new ArrayList<Double>();
    for (int rank = 0; rank < seconds.size(); rank++) {
      sums.add(seconds.get(rank) + more.seconds.get(rank));
    }
    return new Waiting(sums, of + more.of);
  }

  /// The rank that waits least, where at least half of the others wait longer by so much.
  ///
  /// @param share of the time of the steps, at least
  public Optional<Slow> slow(double share) {
    if (seconds.size() < 2) {
      return Optional.empty();
    }
    int least = 0;
    for (int rank = 1; rank < seconds.size(); rank++) {
      least = seconds.get(rank) < seconds.get(least) ? rank : least;
    }
    var sorted = seconds.stream().sorted().toList();
    double longer = sorted.get(sorted.size() / 2) - sorted.getFirst();
    return longer > share * of ? Optional.of(new Slow(least, longer / of)) : Optional.empty();
  }
}
