package dev.fader.grad;

import dev.fader.kernel.product.NeuronMajor;
import dev.fader.kernel.row.Activation;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/// A feed-forward network whose activation makes exact zeros, for inference that leaves out what
/// they are multiplied with.
///
/// @param first what the activation is applied to: the gate, or `up` of a network without one
/// @param up of a gated network; without a bias, (neurons, inputs)
/// @param down as it is stored, for many rows
/// @param byNeuron the same neuron by neuron
/// @param activation one that makes zeros
/// @param usage counts neurons
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public record SparseNetwork(
    Projection first,
    Optional<Variable> up,
    Projection down,
    NeuronMajor byNeuron,
    Activation activation,
    Usage usage) {

  /// How many neurons were computed and how many of them were not zero. Safe for several threads.
  ///
  /// @param skip whether zeros are skipped; if not, the same bits are computed in more time
  public record Usage(LongAdder neurons, LongAdder active, boolean skip) {
    public Usage(boolean skip) {
      this(new LongAdder(), new LongAdder(), skip);
    }

    /// The share of the neurons that was zero, 0 before the first.
    public double skippedShare() {
      double all = neurons.sum();
      return all == 0 ? 0 : 1 - active.sum() / all;
    }
  }

  /// Whether this activation makes zeros of many numbers.
  public static boolean makesZeros(Activation activation) {
    return switch (activation) {
      case RELU, RELU_SQUARED, DOUBLE_RELU -> true;
      case GELU, GELU_TANH, SILU, QUICK_GELU -> false;
    };
  }
}
