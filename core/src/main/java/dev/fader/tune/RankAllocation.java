package dev.fader.tune;

import dev.fader.adapter.AdaptiveLowRankAdapter;
import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.adapter.AdaLoraMethod;
import dev.fader.model.adapter.KeptRanks;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.train.Objective;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// How AdaLoRA gives its ranks to the modules that need them while it learns (Zhang et al. 2023,
/// arXiv:2303.10512, as peft does it).
///
/// Each number's importance is its size times its gradient, smoothed, times how much that varies; a
/// rank's is the sum of that of its value and the means of those of its vectors. Of all modules
/// together the least important ranks are set to zero, more of them from decision to decision. A
/// penalty keeps vectors orthogonal.
final class RankAllocation {
  private final AdaLoraMethod.Budget budget;
  private final int steps;
  private final List<Triplets> modules = new ArrayList<>();

  /// The numbers of a factor, and what is known of their importance.
  private record Factor(Variable numbers, Tensor sensitivity, Tensor uncertainty) {
    static Factor of(Variable numbers, TensorArena arena) {
      var shape = numbers.value().shape();
      return new Factor(
          numbers,
          arena.floats(shape.dimension(0), shape.dimension(1)),
          arena.floats(shape.dimension(0), shape.dimension(1)));
    }

    /// @param clip what gradients were multiplied with
    void measure(AdaLoraMethod.Budget budget, double clip) {
      var gradient = numbers.gradient().orElseThrow();
      float first = (float) budget.smoothing();
      float second = (float) budget.uncertaintySmoothing();
      for (long i = 0; i < gradient.elements(); i++) {
        float now = Math.abs(numbers.value().get(i) * (float) (gradient.get(i) * clip));
        float smooth = first * sensitivity.get(i) + (1 - first) * now;
        sensitivity.set(i, smooth);
        uncertainty.set(i, second * uncertainty.get(i) + (1 - second) * Math.abs(now - smooth));
      }
    }

    /// The mean importance of a row, or a column.
    double importance(int index, boolean column) {
      int rows = numbers.value().shape().size(0);
      int columns = numbers.value().shape().size(1);
      int count = column ? rows : columns;
      double sum = 0;
      for (int i = 0; i < count; i++) {
        long at = column ? (long) i * columns + index : (long) index * columns + i;
        sum += (double) sensitivity.get(at) * uncertainty.get(at);
      }
      return sum / count;
    }

    void forget() {
      sensitivity.zero();
      uncertainty.zero();
    }

    void put(String name, SequencedMap<String, Tensor> into) {
      into.put(name + ".sensitivity", sensitivity);
      into.put(name + ".uncertainty", uncertainty);
    }
  }

  /// The ranks of a module.
  ///
  /// @param kept (rank), 1 for a rank that it keeps
  private record Triplets(String module, Factor down, Factor values, Factor up, Tensor kept) {
    int count() {
      return kept.shape().size(0);
    }

    double importance(int rank) {
      return values.importance(rank, false)
          + down.importance(rank, false)
          + up.importance(rank, true);
    }

    List<Factor> factors() {
      return List.of(down, values, up);
    }
  }

  /// @param arena for what is remembered of importance
  RankAllocation(AdaLoraMethod.Budget budget, ModelAdapter adapter, TensorArena arena) {
    this.budget = budget;
    this.steps = budget.steps().orElseThrow();
    adapter
        .projections()
        .forEach((module, one) -> {
          if (one instanceof AdaptiveLowRankAdapter(var down, var values, var up, _, _)) {
            var kept = arena.floats(values.value().shape().dimension(0));
            for (int rank = 0; rank < kept.elements() && !arena.isCounting(); rank++) {
              kept.set(rank, 1);
            }
            modules.add(
                new Triplets(
                    module,
                    Factor.of(down, arena),
                    Factor.of(values, arena),
                    Factor.of(up, arena),
                    kept));
          }
        });
  }

  /// A loss with the penalty.
  Objective with(Objective loss) {
    return new Objective() {
      @Override
      public int microbatches() {
        return loss.microbatches();
      }

      @Override
      public Size size(int index) {
        return loss.size(index);
      }

      @Override
      public Variable forward(Tape tape, int index) {
        return loss.forward(tape, index);
      }

      @Override
      public double startBackward(Tape tape, int index, Variable output, Size step) {
        return loss.startBackward(tape, index, output, step);
      }

      @Override
      public double addPenalty() {
        return loss.addPenalty() + RankAllocation.this.addPenalty();
      }
    };
  }

  /// The mean distance of `A A'` and `B' B` from the identity, times its weight.
  private double addPenalty() {
    double weight = budget.orthogonality() / Math.max(1, 2 * modules.size());
    double sum = 0;
    for (var module : modules) {
      sum += addPenalty(module.down.numbers, false, weight);
      sum += addPenalty(module.up.numbers, true, weight);
    }
    return weight * sum;
  }

  /// `|C|` of `C = A A' - 1`, whose slope is `2 C A / |C|`.
  private static double addPenalty(Variable variable, boolean transposed, double weight) {
    var vectors = vectors(variable.value(), transposed);
    var distances = new double[vectors.length][vectors.length];
    double squares = 0;
    for (int i = 0; i < vectors.length; i++) {
      for (int j = 0; j < vectors.length; j++) {
        double product = i == j ? -1 : 0;
        for (int k = 0; k < vectors[i].length; k++) {
          product += vectors[i][k] * vectors[j][k];
        }
        distances[i][j] = product;
        squares += product * product;
      }
    }
    double norm = Math.sqrt(squares);
    var gradient = variable.gradient().orElseThrow();
    for (int i = 0; i < vectors.length && norm > 0; i++) {
      for (int k = 0; k < vectors[i].length; k++) {
        double slope = 0;
        for (int j = 0; j < vectors.length; j++) {
          slope += distances[i][j] * vectors[j][k];
        }
        long at = transposed ? (long) k * vectors.length + i : (long) i * vectors[i].length + k;
        gradient.set(at, (float) (gradient.get(at) + weight * 2 * slope / norm));
      }
    }
    return norm;
  }

  /// Rows, or columns, by their number.
  private static double[][] vectors(Tensor tensor, boolean columns) {
    int rows = tensor.shape().size(0);
    int width = tensor.shape().size(1);
    var vectors = columns ? new double[width][rows] : new double[rows][width];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < width; column++) {
        double value = tensor.get((long) row * width + column);
        if (columns) {
          vectors[column][row] = value;
        } else {
          vectors[row][column] = value;
        }
      }
    }
    return vectors;
  }

  /// Measures and decides after an update.
  ///
  /// @param step steps before it
  /// @param clip what its gradients were multiplied with
  void update(long step, double clip) {
    int settled = steps - budget.settling();
    if (step < settled) {
      for (var module : modules) {
        for (var factor : module.factors()) {
          factor.measure(budget, clip);
        }
      }
      if (step > budget.warmup() && step % budget.interval() == 0) {
        decide(left(step, settled));
      }
    } else if (step == settled) {
      decide(budget.meanRank() * modules.size());
      for (var module : modules) {
        module.factors().forEach(Factor::forget);
      }
    } else {
      modules.forEach(RankAllocation::clear);
    }
  }

  /// The ranks that are left after a step.
  private int left(long step, int settled) {
    int first = budget.firstRank() * modules.size();
    int last = budget.meanRank() * modules.size();
    double share = 1 - (double) (step - budget.warmup()) / (settled - budget.warmup());
    return (int) ((first - last) * (share * share * share) + last);
  }

  /// Keeps the most important ranks, and no others of the same importance.
  private void decide(int left) {
    var all = new double[modules.stream().mapToInt(Triplets::count).sum()];
    int next = 0;
    for (var module : modules) {
      for (int rank = 0; rank < module.count(); rank++) {
        all[next++] = (float) module.importance(rank);
      }
    }
    int taken = all.length - left;
    if (taken < 1) {
      return;
    }
    Arrays.sort(all);
    double threshold = all[taken - 1];
    for (var module : modules) {
      for (int rank = 0; rank < module.count(); rank++) {
        module.kept.set(rank, (float) module.importance(rank) <= threshold ? 0 : 1);
      }
      clear(module);
    }
  }

  private static void clear(Triplets module) {
    for (int rank = 0; rank < module.count(); rank++) {
      if (module.kept.get(rank) == 0) {
        module.values.numbers.value().set(rank, 0);
      }
    }
  }

  /// Which ranks are kept now; none before the first decision that takes one.
  KeptRanks kept() {
    var kept = new LinkedHashMap<String, List<Boolean>>();
    boolean any = false;
    for (var module : modules) {
      var flags = new ArrayList<Boolean>();
      for (int rank = 0; rank < module.count(); rank++) {
        flags.add(module.kept.get(rank) != 0);
      }
      any |= flags.contains(false);
      kept.put(module.module, flags);
    }
    return new KeptRanks(any ? kept : new LinkedHashMap<>());
  }

  /// What is known of ranks, by name.
  SequencedMap<String, Tensor> state() {
    var state = new LinkedHashMap<String, Tensor>();
    for (var module : modules) {
      module.down.put(module.module + "." + AdaptiveLowRankAdapter.DOWN, state);
      module.values.put(module.module + "." + AdaptiveLowRankAdapter.VALUES, state);
      module.up.put(module.module + "." + AdaptiveLowRankAdapter.UP, state);
      state.put(module.module + ".kept", module.kept);
    }
    return state;
  }
}
