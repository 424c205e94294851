package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import java.util.Optional;

/// Which experts some rows go to, and with what weights.
///
/// @param experts (rows, experts per token), the first choice first
/// @param weights (rows, experts per token)
@SuppressWarnings("ArrayRecordComponent") // looked at, never compared
public record ExpertChoice(int[][] experts, float[][] weights) {
  /// The choice by a router's scores.
  ///
  /// @param scores (rows, experts)
  /// @param correction (experts), as [ExpertNetwork#correction] says
  public static ExpertChoice of(Routing routing, Tensor scores, Optional<Tensor> correction) {
    int rows = scores.shape().size(0);
    int perToken = routing.perToken();
    var router = new Router(rows, scores.shape().size(1), routing);
    router.route(Matrix.of(scores), correction);
    var choice = new ExpertChoice(new int[rows][perToken], new float[rows][perToken]);
    for (int place = 0; place < router.places(); place++) {
      choice.experts[place / perToken][place % perToken] = router.expert(place);
      choice.weights[place / perToken][place % perToken] = router.weight(place);
    }
    return choice;
  }
}
