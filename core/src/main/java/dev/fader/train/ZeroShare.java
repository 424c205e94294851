package dev.fader.train;

import java.util.List;

/// How many neurons of a feed-forward network were exactly zero in an evaluation, over all tokens:
/// what generation can skip.
///
/// @param layer from 0
/// @param zeros of them
/// @param neurons computed, tokens times width
public record ZeroShare(int layer, long zeros, long neurons) {
  /// The share that was zero, 0 if there were none.
  public double share() {
    return neurons == 0 ? 0 : (double) zeros / neurons;
  }

  /// The share in all layers together, 0 if there are none.
  public static double share(List<ZeroShare> layers) {
    long zeros = layers.stream().mapToLong(ZeroShare::zeros).sum();
    long neurons = layers.stream().mapToLong(ZeroShare::neurons).sum();
    return neurons == 0 ? 0 : (double) zeros / neurons;
  }
}
