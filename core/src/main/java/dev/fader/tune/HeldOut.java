package dev.fader.tune;

import dev.fader.data.Permutation;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// Examples taken apart: those to learn from, and those to validate with. The same examples are
/// always held out, whatever the seed of a run is, so that losses of runs compare.
///
/// @param training in their order
/// @param validation in their order
record HeldOut<T>(List<T> training, List<T> validation) {
  /// With fewer examples each one is needed.
  static final int FEW = 20;

  private static final double USUAL = 0.1;
  private static final long KEY = 1;

  /// Holds a share of `examples` out, a tenth if none is given and there are enough. What stands
  /// together is held out in the same share: texts sorted by their labels, for one.
  ///
  /// @param share from 0 to below 1
  static <T> HeldOut<T> of(List<T> examples, OptionalDouble share) {
    double wanted = share.orElse(examples.size() < FEW ? 0 : USUAL);
    int count = (int) Math.min(examples.size() - 1L, Math.round(wanted * examples.size()));
    if (count <= 0) {
      return new HeldOut<>(examples, List.of());
    }
    var training = new ArrayList<T>();
    var validation = new ArrayList<T>();
    for (int i = 0; i < count; i++) {
      int from = (int) ((long) i * examples.size() / count);
      int to = (int) ((i + 1L) * examples.size() / count);
      int held = from + (int) Permutation.ofEpoch(to - from, KEY, i).at(0);
      training.addAll(examples.subList(from, held));
      validation.add(examples.get(held));
      training.addAll(examples.subList(held + 1, to));
    }
    return new HeldOut<>(training, validation);
  }
}
