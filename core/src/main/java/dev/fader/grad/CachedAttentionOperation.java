package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;

/// Attention of the new rows of many sequences over the pages that hold their keys and values, into
/// which those of the rows are written first. It has no backward pass.
final class CachedAttentionOperation implements Operation {
  private final CachedLayer cached;
  private final Variable y; // (rows, heads * valueSize)
  private final Matrix query;
  private final Matrix key;
  private final Matrix value;
  private final Matrix out;

  CachedAttentionOperation(Tape tape, Variable x, CachedLayer cached) {
    this.cached = cached;
    var layer = cached.layer();
    var layout = layer.layout();
    int queries = layer.heads() * layout.keySize();
    int keys = layout.keyValueHeads() * layout.keySize();
    int values = layout.valuesInKeys() ? 0 : layout.keyValueHeads() * layout.valueSize();
    var all = Matrix.of(x.value());
    this.query = all.columns(0, queries);
    this.key = all.columns(queries, keys);
    this.value = all.columns(queries + keys, values);
    long rows = x.value().shape().dimension(0);
    this.y = tape.result(Shape.of(rows, layer.heads() * (long) layout.valueSize()), false);
    this.out = Matrix.of(y.value());
  }

  @Override
  public void forward(Tape tape) {
    var attention = tape.kernels().pagedAttention();
    if (cached.layer().layout().valuesInKeys()) {
      attention.store(cached.layer(), cached.sequences(), key);
    } else {
      attention.store(cached.layer(), cached.sequences(), key, value);
    }
    attention.forward(cached.layer(), cached.sequences(), query, out);
  }

  @Override
  public void backward(Tape tape) {
    throw new IllegalStateException("attention over a cache has no backward pass");
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of();
  }
}
