package dev.fader.grad;

import dev.fader.kernel.attention.AttentionInputs;
import dev.fader.kernel.attention.AttentionShape;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;

/// Attention of new tokens over a cache. It has no backward pass.
final class CachedAttention {
  private CachedAttention() {}

  static Variable forward(Tape tape, Variable x, AttentionShape shape, CachedRows cache) {
    var layout = new AttentionLayout(shape.heads(), shape.keyValueHeads(), shape.headSize());
    var kernels = tape.kernels();
    var all = Matrix.of(x.value());
    var keys = Matrix.of(cache.keys());
    var values = Matrix.of(cache.values());
    kernels.elementwise().copy(layout.key(all), keys.rows(shape.firstPosition(), shape.queries()));
    kernels
        .elementwise()
        .copy(layout.value(all), values.rows(shape.firstPosition(), shape.queries()));
    var y = tape.result(Shape.of(shape.queries(), layout.queryWidth()), false);
    var logSumExp = tape.result(Shape.of(shape.queries(), shape.heads()), false);
    kernels
        .attention()
        .forward(
            shape,
            new AttentionInputs(
                layout.query(all),
                keys.rows(0, shape.keys()),
                values.rows(0, shape.keys()),
                cache.sinks().map(Variable::value)),
            Matrix.of(y.value()),
            logSumExp.value());
    return y;
  }
}
