package dev.fader.tune.example;

import java.util.List;

/// Arranges some examples in rows, the same ones in the same way each time.
sealed interface RowPlanner permits LengthGroups, BestFit {
  /// How many examples are arranged together.
  int window();

  /// The numbers of the examples in each row, each example in exactly one.
  ///
  /// @param examples their numbers, shuffled
  /// @param done how many examples came before, in all epochs
  /// @param key selects the order of the rows
  List<int[]> plan(int[] examples, long done, long key);
}
