package dev.fader.train;

import dev.fader.kernel.optimizer.Updates;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;

/// Which rank owns which numbers of what learns.
///
/// Entries are cut at whole pieces of [Updates], so that what is computed of a piece does not
/// depend on who computes it; those that an update needs whole stay whole. Each entry is spread
/// over the ranks as evenly as its pieces allow, beginning with the rank that has least so far.
final class Ownership {
  private final List<Stretch> stretches = new ArrayList<>();
  private final List<ParameterSpec> entries;
  private final long[] counts; // of numbers, by rank
  private final long[] inTurn; // the same in layers, whose places come first

  /// @param whole whether the entries of the same number are owned by one rank
  Ownership(List<ParameterSpec> entries, List<Boolean> whole, int ranks) {
    this.entries = List.copyOf(entries);
    this.counts = new long[ranks];
    assign(true, whole);
    this.inTurn = counts.clone();
    assign(false, whole);
    stretches.sort(Comparator.comparingInt(Stretch::entry)); // of an entry they stay in their order
  }

  private void assign(boolean turn, List<Boolean> whole) {
    for (int entry = 0; entry < entries.size(); entry++) {
      if (Parameters.isInTurn(entries.get(entry)) == turn) {
        long elements = entries.get(entry).shape().elements();
        if (whole.get(entry) || counts.length == 1) {
          add(entry, 0, elements);
        } else {
          spread(entry, elements);
        }
      }
    }
  }

  /// Of one process.
  static Ownership whole(List<ParameterSpec> entries) {
    return new Ownership(entries, Collections.nCopies(entries.size(), true), 1);
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

  /// Each entry as one stretch, whoever owns it.
  List<Stretch> whole() {
    return whole(entries).stretches;
  }

  /// Those of some entries, in the same order.
  List<Stretch> of(Collection<Integer> some) {
    var wanted = new HashSet<>(some);
    return stretches.stream().filter(stretch -> wanted.contains(stretch.entry())).toList();
  }

  int ranks() {
    return counts.length;
  }

  /// How many entries there are.
  int entries() {
    return entries.size();
  }

  /// An entry.
  ParameterSpec entry(int number) {
    return entries.get(number);
  }

  /// Those of one rank, in the same order.
  List<Stretch> of(int rank) {
    return stretches.stream().filter(stretch -> stretch.owner() == rank).toList();
  }

  /// How many numbers a rank owns of layers that take turns, at the first places.
  long countInTurn(int rank) {
    return inTurn[rank];
  }

  /// How many numbers a rank owns.
  long count(int rank) {
    return counts[rank];
  }
}
