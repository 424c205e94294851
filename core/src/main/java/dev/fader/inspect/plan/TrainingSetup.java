package dev.fader.inspect.plan;

/// Number formats and sharding of a training run.
///
/// @param workers that share the memory, 1 for none
/// @param stage what is sharded: nothing, optimizer state, also gradients, also weights (ZeRO 1, 2
///   and 3, Rajbhandari et al. 2020)
public record TrainingSetup(Precision precision, Optimizer optimizer, int workers, int stage) {
  /// Number formats.
  public enum Precision {
    /// All float32, as in Fader.
    FLOAT32(4, 4, 0, 4, 4),
    /// Weights, gradients and activations in bfloat16, and float32 copies of the weights
    /// (Micikevicius et al. 2018).
    MIXED(2, 2, 4, 4, 2),
    /// All bfloat16.
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

    /// Bytes of a weight in products.
    public int weight() {
      return weight;
    }

    /// Bytes of a gradient.
    public int gradient() {
      return gradient;
    }

    int copy() {
      return copy;
    }

    int activation() {
      return activation;
    }
  }

  /// The optimizer state of each parameter.
  public enum Optimizer {
    /// Two moments (Loshchilov and Hutter 2017).
    ADAMW(2),
    /// Two 8-bit moments (Dettmers et al. 2021).
    ADAMW8BIT(2),
    /// One momentum (Chen et al. 2023).
    LION(1),
    /// One momentum per matrix in a layer, two moments for the rest (Jordan et al. 2024).
    MUON(1),
    /// One momentum.
    SGD(1);

    private final int moments;

    Optimizer(int moments) {
      this.moments = moments;
    }
  }

  /// Bytes of optimizer state for `matrices` numbers in matrices of the layers and `others`.
  double optimizerBytes(double matrices, double others) {
    return switch (optimizer) {
      case ADAMW8BIT -> 2 * (matrices + others);
      case MUON -> precision.moment * (matrices + 2 * others);
      case ADAMW, LION, SGD -> (double) precision.moment * optimizer.moments * (matrices + others);
    };
  }

  /// Bytes that the update of `trained` numbers reads and writes: of weights, copies and state
  /// both, of gradients read only.
  public double updateBytes(double trained) {
    double kept = trained * (precision.weight + precision.copy) + optimizerBytes(trained, 0);
    return 2 * kept + trained * precision.gradient;
  }

  /// The same for another stage.
  public TrainingSetup withStage(int other) {
    return new TrainingSetup(precision, optimizer, workers, other);
  }

  /// The share of `bytes` per worker if they are sharded from stage `shared` on.
  double share(double bytes, int shared) {
    return stage >= shared ? bytes / workers : bytes;
  }

  /// The bytes of which this is the share of each worker.
  double whole(double share, int shared) {
    return stage >= shared ? share * workers : share;
  }
}
