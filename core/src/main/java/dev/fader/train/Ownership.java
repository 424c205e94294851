package dev.fader.train;

import dev.fader.kernel.optimizer.Updates;
import dev.fader.model.ParameterSpec;
import java.util.ArrayList;
import java.util.List;

/// Which rank owns which numbers of what learns.
///
/// Entries are cut at whole pieces of [Updates], so that what is computed of a piece does not
/// depend on who computes it; those that an update needs whole stay whole. Each entry is spread
/// over the ranks as evenly as its pieces allow, beginning with the rank that has least so far.
final class Ownership {
  private final List<Stretch> stretches = new ArrayList<>();
  private final long[] counts; // of numbers, by rank

  /// @param whole whether the entries of the same number are owned by one rank
  Ownership(List<ParameterSpec> entries, List<Boolean> whole, int ranks) {
    this.counts = new long[ranks];
    for (int entry = 0; entry < entries.size(); entry++) {
      long elements = entries.get(entry).shape().elements();
      if (whole.get(entry) || ranks == 1) {
        add(entry, 0, elements);
      } else {
        spread(entry, elements);
      }
    }
  }

  private void spread(int entry, long elements) {
    long pieces = Math.ceilDiv(elements, (long) Updates.PIECE);
    long each = Math.ceilDiv(pieces, (long) counts.length) * Updates.PIECE;
    for (long from = 0; from < elements; from += each) {
      add(entry, from, Math.min(each, elements - from));
    }
  }

  private void add(int entry, long from, long count) {
    int owner = 0;
    for (int rank = 1; rank < counts.length; rank++) {
      owner = counts[rank] < counts[owner] ? rank : owner;
    }
    stretches.add(new Stretch(entry, from, count, owner, counts[owner]));
    counts[owner] += count;
  }

  /// All, in the order of the table.
  List<Stretch> stretches() {
    return stretches;
  }

  /// Those of one rank, in the same order.
  List<Stretch> of(int rank) {
    return stretches.stream().filter(stretch -> stretch.owner() == rank).toList();
  }

  /// How many numbers a rank owns.
  long count(int rank) {
    return counts[rank];
  }
}
