package dev.fader.inspect.plan;

/// How numbers are kept while a model is trained, and on how many workers.
///
/// @param workers that share the memory, 1 for none
/// @param stage what they share: nothing, what the optimizer remembers, the gradients too, the
///   weights too (ZeRO 1, 2 and 3, Rajbhandari et al. 2020)
public record TrainingSetup(Precision precision, Optimizer optimizer, int workers, int stage) {
  /// The formats of numbers.
  public enum Precision {
    /// All in float32, as Fader trains.
    FLOAT32(4, 4, 0, 4, 4),
    /// Weights, gradients and activations in bfloat16, and a copy of the weights in float32
    /// (Micikevicius et al. 2018).
    MIXED(2, 2, 4, 4, 2),
    /// All in bfloat16.
    BFLOAT16(2, 2, 0, 2, 2);

    private final int weight;
    private final int gradient;
    private final int copy;
    private final int moment;
    private final int activation;

    Precision(int weight, int gradient, int copy, int moment, int activation) {
      this.weight = weight;
      this.gradient = gradient;
      this.copy = copy;
      this.moment = moment;
      this.activation = activation;
    }

    int weight() {
      return weight;
    }

    int gradient() {
      return gradient;
    }

    int copy() {
      return copy;
    }

    int activation() {
      return activation;
    }
  }

  /// What is remembered of each parameter between two steps.
  public enum Optimizer {
    /// Two moments (Loshchilov and Hutter 2017).
    ADAMW(2),
    /// Two moments of one byte (Dettmers et al. 2021).
    ADAMW8BIT(2),
    /// One momentum (Chen et al. 2023).
    LION(1),
    /// One momentum of each matrix in a layer, two moments of the rest (Jordan et al. 2024).
    MUON(1),
    /// One momentum.
    SGD(1);

    private final int moments;

    Optimizer(int moments) {
      this.moments = moments;
    }
  }

  /// Bytes that the optimizer remembers of `matrices` numbers in matrices of the layers and
  /// `others`.
  double optimizerBytes(double matrices, double others) {
    return switch (optimizer) {
      case ADAMW8BIT -> 2 * (matrices + others);
      case MUON -> precision.moment * (matrices + 2 * others);
      case ADAMW, LION, SGD -> (double) precision.moment * optimizer.moments * (matrices + others);
    };
  }

  /// What is left of `bytes` on each worker if they are shared from `shared` on.
  double share(double bytes, int shared) {
    return stage >= shared ? bytes / workers : bytes;
  }

  /// The bytes of which this is the share of each worker.
  double whole(double share, int shared) {
    return stage >= shared ? share * workers : share;
  }
}
