package dev.fader.model.adapter;

import dev.fader.adapter.ExpertAdapter;
import dev.fader.adapter.ModelAdapter;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.model.Experts;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import dev.fader.tensor.Tensor;

/// LoRA of experts put into one of their weights.
final class ExpertMerge {
  private final ExpertAdapter adapter;
  private final boolean down;
  private final int layer;

  /// @param name of the parameter, as [ModelAdapter#experts] has it
  ExpertMerge(String name, ExpertAdapter adapter) {
    this.adapter = adapter;
    this.down = name.endsWith("." + ModelAdapter.DOWN);
    this.layer = Integer.parseInt(name.split("\\.", -1)[2]);
  }

  /// Whether the adapter changes an entry of the table.
  boolean changes(ParameterSpec spec) {
    boolean role =
        switch (spec.role()) {
          case EXPERT_DOWN -> down;
          case EXPERT_GATE, EXPERT_UP, EXPERT_GATE_UP -> !down;
          default -> false;
        };
    return role && spec.layer() == layer && !spec.bias();
  }

  /// @param weight a copy of the entry: the matrix of one expert, or of all
  void add(ParameterSpec spec, Tensor weight, Experts experts, Kernels kernels) {
    boolean all = spec.shape().rank() == 3;
    boolean inputMajor = experts.layout() == Experts.Layout.INTERLEAVED;
    var rows = Matrix.of(weight);
    int each = all ? rows.rows() / adapter.experts() : rows.rows();
    kernels
        .workers()
        .forEach(
            rows.rows() / each,
            (place, worker) -> {
              var own = rows.rows(place * each, each);
              add(
                  inputMajor ? own.transposed() : own,
                  all ? place : spec.expert(),
                  spec.role() == Role.EXPERT_UP);
            });
  }

  /// @param matrix (out, in) of an expert
  private void add(Matrix matrix, int expert, boolean second) {
    var a = Matrix.of(adapter.down().value());
    var b = Matrix.of(adapter.up().value());
    int rank = a.rows() / adapter.experts();
    int first = second ? matrix.rows() : 0;
    for (int out = 0; out < matrix.rows(); out++) {
      for (int in = 0; in < matrix.columns(); in++) {
        double sum = 0;
        for (int k = 0; k < rank; k++) {
          sum +=
              (double) b.get(first + out, k * adapter.experts() + expert)
                  * a.get(expert * rank + k, in);
        }
        matrix.set(out, in, (float) (matrix.get(out, in) + adapter.scale() * sum));
      }
    }
  }
}
