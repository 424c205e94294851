package dev.fader.model.gguf;

import dev.fader.model.ParameterSpec;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.util.Optional;

/// A tensor of a GGUF file as the directory of the same model has it, decoded when it is read.
public final class HuggingFaceTensor {
  private final ParameterSpec spec;
  private final TensorRows rows;

  HuggingFaceTensor(ParameterSpec spec, TensorRows rows) {
    this.spec = spec;
    this.rows = rows;
  }

  /// Its entry in the table of the directory.
  public ParameterSpec spec() {
    return spec;
  }

  /// How the numbers are stored.
  public DType type() {
    return source().type();
  }

  private Tensor source() {
    return switch (rows) {
      case TensorRows.Plain plain -> plain.tensor();
      case TensorRows.Stacked stacked -> stacked.tensors().getFirst();
      case TensorRows.Paired paired -> paired.rows().tensor();
      case TensorRows.Shifted shifted -> shifted.rows().tensor();
      case TensorRows.Columns columns -> columns.tensors().getFirst();
    };
  }

  /// Whether rows are stored in blocks as they are rows here, in whatever order.
  public boolean keepsRows() {
    return !(rows instanceof TensorRows.Columns);
  }

  /// The tensor itself, if every number stands where the directory has it.
  public Optional<Tensor> inPlace() {
    return rows instanceof TensorRows.Plain plain ? Optional.of(plain.tensor()) : Optional.empty();
  }

  /// Sets the first `count` numbers of `target` to those from `first` on, in row-major order. Both
  /// are whole rows. For use by several threads.
  public void read(long first, int count, float[] target) {
    int width = rows.width();
    rows.read(first / width, count / width, target);
  }
}
