package dev.fader.model.adapter;

import java.util.ArrayList;
import java.util.List;

/// How much of the change of a module a low-rank approximation holds.
///
/// @param module its name
/// @param share of the sum of squares, from 0 to 1
public record KeptShare(String module, double share) {
  /// Of all modules together.
  static final class Sum {
    private final List<KeptShare> modules = new ArrayList<>();
    private double kept;
    private double all;

    void add(String module, double keptOfIt, double allOfIt) {
      modules.add(new KeptShare(module, Math.min(1, keptOfIt / allOfIt)));
      kept += keptOfIt;
      all += allOfIt;
    }

    List<KeptShare> modules() {
      return modules;
    }

    double share() {
      return all == 0 ? 1 : Math.min(1, kept / all);
    }
  }
}
