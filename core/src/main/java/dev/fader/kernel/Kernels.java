package dev.fader.kernel;

import dev.fader.kernel.attention.Attention;
import dev.fader.kernel.attention.PagedAttention;
import dev.fader.kernel.optimizer.Updates;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.Precision;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.product.MatrixProduct;
import dev.fader.kernel.product.SparseProduct;
import dev.fader.kernel.row.Activations;
import dev.fader.kernel.row.ClampedGate;
import dev.fader.kernel.row.Elementwise;
import dev.fader.kernel.row.Embedding;
import dev.fader.kernel.row.Normalizer;
import dev.fader.kernel.row.Predictions;
import dev.fader.kernel.statistics.RunStatistics;
import dev.fader.kernel.vector.VectorWidth;

/// The arithmetic that models are made of, one object for each kind, in scalar form or with the
/// Vector API. Which one runs is chosen once, by [#choose].
///
/// A kernel is parallel over its [Workers] and gives the same bits for any number of them. Vectors
/// of another width give other last bits, since sums have as many parts as there are lanes. Kernels
/// may be called by several threads. Tensors are float32 unless said otherwise; an output may not
/// overlap an input unless said otherwise. Every kernel checks the shapes and types of its operands
/// and throws [IllegalArgumentException] where they do not fit.
public final class Kernels {
  private final Workers workers;
  private final VectorWidth width;
  private final MatrixProduct product;
  private final SparseProduct sparseProduct;
  private final Attention attention;
  private final PagedAttention pagedAttention;
  private final Elementwise elementwise;
  private final Activations activations;
  private final ClampedGate clampedGate;
  private final Normalizer normalizer;
  private final Embedding embedding;
  private final Predictions predictions;
  private final Updates updates;
  private final RunStatistics statistics;

  private Kernels(Workers workers, VectorWidth width, MatrixProduct product) {
    this.workers = workers;
    this.width = width;
    this.product = product;
    var chunks = new Chunks(workers);
    boolean vectors = width.bits() > 0;
    sparseProduct = new SparseProduct(workers, vectors);
    attention = new Attention(workers, vectors);
    pagedAttention = new PagedAttention(workers, vectors);
    elementwise = new Elementwise(chunks, vectors);
    activations = new Activations(chunks, vectors);
    clampedGate = new ClampedGate(chunks);
    normalizer = new Normalizer(chunks, vectors);
    embedding = new Embedding(chunks, vectors);
    predictions = new Predictions(chunks, vectors);
    updates = new Updates(chunks, vectors);
    statistics = new RunStatistics(vectors);
  }

  /// The fastest kernels of this process: vectors of `-Dfader.vectorBits` (128, 256 or 512; 0 is
  /// scalar), or of the widest that the machine has. Scalar, with one line in the log, where java
  /// runs without the module `jdk.incubator.vector`. Products are those of the engine that
  /// `-Dfader.engine` names.
  ///
  /// @throws IllegalArgumentException if the machine does not have the width that is asked for, or
  ///   there is no engine of that name
  public static Kernels choose(Workers workers) {
    return choose(workers, EngineChoice.ofProperty());
  }

  /// The same with products of another engine; scalar kernels have their own.
  ///
  /// @throws IllegalArgumentException if the machine does not have the width that is asked for
  public static Kernels choose(Workers workers, EngineChoice engine) {
    var width = VectorWidth.choose();
    return new Kernels(
        workers, width, new MatrixProduct(workers, width.bits() > 0, engine, Precision.AS_STORED));
  }

  /// The reference kernels.
  public static Kernels scalar(Workers workers) {
    return new Kernels(
        workers,
        new VectorWidth(0, "scalar kernels, because the program asks for them"),
        new MatrixProduct(workers, false));
  }

  /// The same kernels on the same threads, but products take activations in float32 whatever the
  /// copies of weights are for.
  public Kernels inFloat32() {
    return in(Precision.FLOAT32);
  }

  /// The same kernels on the same threads, with products in another precision.
  public Kernels in(Precision precision) {
    return new Kernels(workers, width, product.in(precision));
  }

  /// The threads these kernels run on.
  public Workers workers() {
    return workers;
  }

  /// The width of a vector in bits, 0 for scalar kernels.
  public int vectorBits() {
    return width.bits();
  }

  /// Two processes whose arithmetic has the same name give the same bits.
  public String arithmetic() {
    String vectors = width.bits() == 0 ? "scalar kernels" : width.bits() + "-bit vectors";
    return product
        .library()
        .map(library -> "%s, products of %s".formatted(vectors, library))
        .orElse(vectors);
  }

  /// What was chosen and why, in one sentence.
  public String choice() {
    return width.reason();
  }

  /// Matrix products.
  public MatrixProduct product() {
    return product;
  }

  /// Products of feed-forward networks whose activation makes zeros.
  public SparseProduct sparseProduct() {
    return sparseProduct;
  }

  /// Causal attention and its gradient.
  public Attention attention() {
    return attention;
  }

  /// Causal attention over the pages of many sequences, as in generation.
  public PagedAttention pagedAttention() {
    return pagedAttention;
  }

  /// Operations on one element at a time, and sums of rows.
  public Elementwise elementwise() {
    return elementwise;
  }

  /// The activations between the two products of a feed-forward layer.
  public Activations activations() {
    return activations;
  }

  /// The gated activation of gpt-oss.
  public ClampedGate clampedGate() {
    return clampedGate;
  }

  /// RMSNorm and LayerNorm.
  public Normalizer normalizer() {
    return normalizer;
  }

  /// Rows of a table by token id, learned positions and rotary positions.
  public Embedding embedding() {
    return embedding;
  }

  /// Softmax and cross-entropy over the vocabulary.
  public Predictions predictions() {
    return predictions;
  }

  /// The steps of optimizers.
  public Updates updates() {
    return updates;
  }

  /// What runs of numbers are like.
  public RunStatistics statistics() {
    return statistics;
  }
}
