package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.InvokedAdapter;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.adapter.LowRankDifference;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.factor.ColumnMatrix;
import dev.fader.kernel.factor.MatrixRows;
import dev.fader.kernel.factor.ThinQr;
import dev.fader.kernel.factor.TruncatedSvd;
import dev.fader.model.Parameters;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.util.ArrayList;
import java.util.Optional;

/// Factors of LoRA that follow from weights of the model: PiSSA, OLoRA, LoftQ.
///
/// @param init which of them
/// @param seed of the directions in which singular values are looked for
record WeightFactors(LoraInit init, long seed, Kernels kernels, TensorMemory memory) {
  /// Beside a lost part as large as this of the whole, the original is of another model: two bits a
  /// weight lose a fiftieth.
  private static final double MOST_LOST = 0.25;

  private static final int OVERSAMPLING = 10;

  /// Sets the factors of an adapter of LoRA, and for what it takes from the weight those that it
  /// begins with.
  ///
  /// @param original of LoftQ: the model before it was quantised
  void begin(LoadedAdapter adapter, Parameters base, Optional<Parameters> original) {
    adapter
        .adapter()
        .projections()
        .forEach((module, one) -> {
          var weight = rows(base, module);
          try {
            switch (one) {
              case LowRankDifference difference -> {
                begin(module, weight, difference.learned());
                difference.firstDown().copyFrom(difference.learned().down().value());
                takeAway(difference.learned().up().value(), difference.takenUp());
              }
              case InvokedAdapter(LowRankAdapter lora, _, _) when original.isPresent() ->
                  begin(module, lost(module, weight, original.get(), base), lora);
              case LowRankAdapter lora when original.isPresent() ->
                  begin(module, lost(module, weight, original.get(), base), lora);
              default -> {}
            }
          } catch (IllegalArgumentException notFinite) {
            throw new AdapterException(
                "the weight of '%s' has no factors: %s".formatted(module, notFinite.getMessage()));
          }
        });
  }

  private static void takeAway(Tensor up, Tensor taken) {
    for (long i = 0; i < up.elements(); i++) {
      taken.set(i, -up.get(i));
    }
  }

  private static MatrixRows rows(Parameters parameters, String module) {
    return MatrixRows.of(parameters.projection(module).matrix().transposed()); // (out, in)
  }

  private void begin(String module, MatrixRows weight, LowRankAdapter lora) {
    int rank = lora.down().value().shape().size(0);
    int most = Math.min(weight.rows(), weight.columns());
    if (rank > most) {
      throw new AdapterException(
          "rank %d is more than the %d of the weight of '%s', whose factors it is to begin with: choose at most that"
              .formatted(rank, most, module));
    }
    if (init.kind() == LoraInit.Kind.OLORA) {
      var factors = ThinQr.first(weight, rank);
      factors.q().writeTo(lora.up().value());
      factors.r().writeTo(lora.down().value());
      return;
    }
    var values = svd(module, rank).factor(weight, kernels, memory);
    double root = 1 / Math.sqrt(lora.scale());
    write(values.weighedLeft(0.5), root, lora.up().value());
    write(values.weighedRight(0.5).transposed(), root, lora.down().value());
  }

  private TruncatedSvd svd(String module, int rank) {
    long own = seed + module.hashCode();
    return init.iterations() == 0
        ? TruncatedSvd.of(rank, own)
        : new TruncatedSvd(rank, OVERSAMPLING, init.iterations(), own);
  }

  private static void write(ColumnMatrix factor, double scale, Tensor target) {
    for (int i = 0; i < factor.rows(); i++) {
      for (int j = 0; j < factor.columns(); j++) {
        factor.set(i, j, factor.get(i, j) * scale);
      }
    }
    factor.writeTo(target);
  }

  /// What the stored weight lost of the original.
  private static MatrixRows lost(
      String module, MatrixRows stored, Parameters original, Parameters base) {
    var whole = rows(original, module);
    if (whole.rows() != stored.rows() || whole.columns() != stored.columns()) {
      throw new AdapterException(
          "'%s' is %d x %d, and %d x %d in the original: give the model that it was quantised from"
              .formatted(module, stored.rows(), stored.columns(), whole.rows(), whole.columns()));
    }
    var ordered = reordered(module, whole, original, base);
    var lost = ordered.minus(stored);
    double share = lost.squaredNorm() / Math.max(ordered.squaredNorm(), Double.MIN_NORMAL);
    if (!(share <= MOST_LOST)) {
      throw new AdapterException(
          "'%s' differs from the original by %.0f %% of its square: give the model that it was quantised from"
              .formatted(module, 100 * share));
    }
    return lost;
  }

  /// Rows of the original as those of the model are in memory.
  private static MatrixRows reordered(
      String module, MatrixRows whole, Parameters original, Parameters base) {
    var there = order(original, module);
    var here = order(base, module);
    if (there.isEmpty() && here.isEmpty()) {
      return whole;
    }
    var ofFile = new int[whole.rows()]; // where a row of the file is in the original's memory
    for (int row = 0; row < ofFile.length; row++) {
      ofFile[there.isPresent() ? there.get().at(row) : row] = row;
    }
    var rows = new ArrayList<Integer>();
    for (int row = 0; row < ofFile.length; row++) {
      rows.add(ofFile[here.isPresent() ? here.get().at(row) : row]);
    }
    return whole.reordered(rows);
  }

  private static Optional<RowOrder> order(Parameters parameters, String module) {
    var modules = new BaseModules(parameters.config());
    return modules.all().stream()
        .filter(one -> one.name().equals(module))
        .findFirst()
        .flatMap(modules::order);
  }
}
