package dev.fader.grad;

import dev.fader.grad.EmbeddingTables.ReplacedRows;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.attention.AttentionShape;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Dropout;
import dev.fader.kernel.row.Rotation;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// Runs operations, records them and runs their backward passes in reverse order.
///
/// Results stay until [#backward()] or [#clear()]; their memory is then used again, so that steps
/// of one shape allocate nothing after the first. A tape that records nothing ([Mode#INFER]) keeps
/// of each layer only its result: that is inference. Not safe for use by several threads; the
/// kernels are parallel inside.
public final class Tape {
  /// What is kept for the backward pass.
  public enum Mode {
    /// Everything: training.
    TRAIN,
    /// The input of each layer, which backward runs again: training in less memory.
    TRAIN_RECOMPUTING,
    /// Nothing: there will be no backward pass.
    INFER
  }

  /// No row is told apart from the others: products choose by size.
  private static final int AUTOMATIC = -1;

  private final Kernels kernels;
  private final Workspace workspace;
  private final Mode mode;
  private final boolean counting;
  private final List<Variable> results = new ArrayList<>();
  private List<Operation> operations = new ArrayList<>();
  private boolean recording;
  private DropoutPlan dropout = DropoutPlan.NONE;
  private int dropoutSite;
  private Optional<ExpertBalance> balance = Optional.empty();
  private boolean repeating; // a layer that was run before
  private BooleanSupplier stop = () -> false;
  private final int mostRows; // of recorded passes
  private Optional<BitSet> layerStarts = Optional.empty(); // while a pass is recorded
  private int fewRows = AUTOMATIC;
  private Optional<Tensor> rowFactors = Optional.empty(); // (numbers, rows)
  private Optional<TokenBlock> tokens = Optional.empty(); // of the present pass

  /// A tape whose results live in `activations`, which must stay open as long as the tape is used.
  /// If that only counts, the tape takes and gives back what it would otherwise, and computes
  /// nothing.
  public Tape(Kernels kernels, TensorArena activations, Mode mode) {
    this(kernels, activations, mode, 0);
  }

  /// A tape for inference by recorded passes of up to `mostRows` rows, which share their memory.
  public static Tape ofRecordedPasses(Kernels kernels, TensorArena activations, int mostRows) {
    return new Tape(kernels, activations, Mode.INFER, mostRows);
  }

  private Tape(Kernels kernels, TensorArena activations, Mode mode, int mostRows) {
    this.mostRows = mostRows;
    this.kernels = kernels;
    this.workspace = new Workspace(activations);
    this.mode = mode;
    this.counting = activations.isCounting();
    this.recording = mode != Mode.INFER;
  }

  /// The arithmetic that operations run on.
  public Kernels kernels() {
    return kernels;
  }

  /// Sets the dropout of the coming step. A tape that infers drops nothing.
  public void dropout(DropoutPlan plan) {
    dropout = mode == Mode.INFER ? DropoutPlan.NONE : plan;
    dropoutSite = 0;
  }

  /// Sets who counts what the experts of the coming passes do, and balances them.
  public void balance(Optional<ExpertBalance> coming) {
    balance = coming;
  }

  /// Who counts what experts do, if anybody does.
  public Optional<ExpertBalance> balance() {
    return balance;
  }

  /// The same in the first run of a layer; when it is run again for its gradient, nobody.
  Optional<ExpertBalance> countedBalance() {
    return repeating ? Optional.empty() : balance;
  }

  /// Token embeddings, plus learned positions if there are any: (rows, width).
  public Variable embed(TokenBlock tokens, EmbeddingTables tables) {
    return run(new EmbeddingOperation(this, tokens, tables));
  }

  /// `x` plus the learned position of each row: as `x`.
  ///
  /// @param table (first + context, columns)
  /// @param first the row of position 0
  public Variable addPositions(Variable x, TokenBlock tokens, Variable table, int first) {
    return run(new AddPositionsOperation(this, x, tokens, new PositionTable(table, first)));
  }

  /// `x W + b` for each projection, the results side by side: (rows, sum of outputs).
  public Variable linear(Variable x, List<Projection> projections) {
    return run(new LinearOperation(this, x, projections));
  }

  /// Each head of `x` times a matrix of its own, the results side by side; for inference only.
  ///
  /// @param heads from the first columns of a head to its results, (in, out) for each head
  /// @param stride columns of `x` from one head to the next
  /// @return (rows, heads * out)
  public Variable linearOfHeads(Variable x, List<Matrix> heads, int stride) {
    if (recording) {
      throw new IllegalStateException("products of single heads have no backward pass");
    }
    return run(new HeadLinearOperation(this, x, heads, stride));
  }

  /// `z + x W` in the columns from `start` on, in the memory of `z`, which nothing else reads.
  ///
  /// @param weight (out, in)
  /// @return as `z`
  public Variable addLinear(Variable z, int start, Variable x, Variable weight) {
    return run(new AddLinearOperation(this, z, start, new AddLinearOperation.Projected(x, weight)));
  }

  /// `z + x` in the columns from `start` on, in the memory of `z`, which nothing else reads.
  ///
  /// @return as `z`
  public Variable addColumns(Variable z, int start, Variable x) {
    return run(new AddColumnsOperation(this, z, start, x));
  }

  /// `z + scale * row` in the columns from `start` on, in the memory of `z`, which nothing else
  /// reads.
  ///
  /// @return as `z`
  public Variable addRow(Variable z, int start, Variable row, float scale) {
    return run(new AddRowOperation(this, z, start, row, scale));
  }

  /// `x`, with the columns from `start` on times a factor each: as `x`.
  public Variable multiplyColumns(Variable x, int start, Variable factors) {
    var all = new MultiplyColumnsOperation.Factors(factors, 1, start);
    return run(new MultiplyColumnsOperation(this, x, all));
  }

  /// `x`, with all columns times a factor each, other ones in each group of rows: as `x`.
  ///
  /// @param factors (groups, columns), for as many rows each, one group behind the other
  public Variable multiplyGroups(Variable x, Variable factors) {
    int groups = factors.value().shape().size(0);
    var all = new MultiplyColumnsOperation.Factors(factors, groups, 0);
    return run(new MultiplyColumnsOperation(this, x, all));
  }

  /// The columns of one projection, with the low-rank product in them, with learned lengths in
  /// place of those of the weight: as `x`.
  public Variable decompose(Variable x, int start, WeightDecomposition decomposition) {
    return run(new DecompositionOperation(this, x, start, decomposition));
  }

  /// `scale * a b`, for parameters: (m, k) and (k, n) to (m, n).
  public Variable product(Variable a, Variable b, float scale) {
    return run(new MatrixProductOperation(this, a, b, scale));
  }

  /// `scale * a ∘ b`, for parameters of one shape.
  public Variable elementProduct(Variable a, Variable b, float scale) {
    return run(new ElementProductOperation(this, a, b, scale));
  }

  /// `scale * a ⊗ b`, for parameters: (m, n) and (p, q) to (m p, n q).
  public Variable kronecker(Variable a, Variable b, float scale) {
    return run(new KroneckerOperation(this, a, b, scale));
  }

  /// `weight` in float32, with others of its shape added and rows of their own for some tokens.
  ///
  /// @param weight (out, in), in any storage
  /// @param replaced by output, without their scale
  public Variable change(Variable weight, List<Variable> added, List<ReplacedRows> replaced) {
    return run(new ChangedWeightOperation(this, weight, added, replaced));
  }

  /// The column of `table` (rank, vocabulary) of each token, times `scale`: (rows, rank).
  public Variable gatherColumns(TokenBlock tokens, Variable table, float scale) {
    return run(new GatherColumnsOperation(this, tokens, table, scale));
  }

  /// Rotations by the Cayley transform of skew-symmetric matrices, or by a series of `terms` terms
  /// if that is not 0.
  ///
  /// @param skew (blocks, size * (size - 1) / 2): what stands above the diagonals
  /// @return (blocks * size, size)
  public Variable cayley(Variable skew, int size, int terms) {
    return run(new CayleyOperation(this, skew, size, terms));
  }

  /// Each block of columns of `x` times its matrix: as `x`.
  ///
  /// @param rotations (blocks * size, size), or (size, size) for all blocks
  public Variable rotateBlocks(Variable x, Variable rotations) {
    return run(new RotateBlocksOperation(this, x, rotations));
  }

  /// Each row normalised: as `x`.
  public Variable normalize(Variable x, NormParameters parameters) {
    return run(new NormalizeOperation(this, x, parameters));
  }

  /// The queries and the keys normalised, each head on its own or all together, by the length of
  /// the weight; values as they are: as `x`.
  public Variable normalizeHeads(
      Variable x, AttentionLayout layout, NormParameters query, NormParameters key) {
    return run(new HeadNormalizeOperation(this, x, layout, query, key));
  }

  /// The first `columns` columns of `x` rotated by the positions of `tokens`, in place: `x` itself.
  public Variable rotate(Variable x, Rotation rotation, TokenBlock tokens, int columns) {
    return run(new RotateOperation(this, x, rotation, tokens, columns));
  }

  /// `x`, with learned keys and values for the virtual tokens among `tokens`, in its memory, which
  /// nothing else reads.
  ///
  /// @param x (rows, queries | keys | values)
  public Variable replaceKeysValues(Variable x, TokenBlock tokens, LearnedKeysValues learned) {
    return run(new ReplaceKeysValuesOperation(this, x, tokens, learned));
  }

  /// Columns of `inputs` side by side, as `runs` say; 0 where none does: (rows, columns).
  public Variable arrange(List<Variable> inputs, int columns, List<ColumnRun> runs) {
    return run(new ArrangeOperation(this, inputs, columns, runs));
  }

  /// The matrices B of experts, whose columns take turns in peft's files, one below the other.
  ///
  /// @param up (outputs, rank * experts)
  /// @return (experts * outputs, rank)
  public Variable arrangeExperts(Variable up, int experts) {
    return run(new ArrangeExpertsOperation(this, up, experts));
  }

  /// Causal attention of each sequence over itself.
  ///
  /// @param x (rows, queries | keys | values)
  /// @param shapes of sequences that stand one behind the other in the rows, alike but for batch
  ///   and length
  /// @param sinks (heads), if there are any
  /// @return (rows, heads * headSize)
  public Variable attention(Variable x, List<AttentionShape> shapes, Optional<Variable> sinks) {
    return run(new AttentionOperation(this, x, shapes, sinks));
  }

  /// The sum of the experts of each row, weighted by a router's scores: as `x`.
  ///
  /// @param scores (rows, experts)
  public Variable experts(Variable x, Variable scores, ExpertNetwork network) {
    return run(new ExpertsOperation(this, new RoutedRows(x, scores, Optional.empty()), network));
  }

  /// The same with the weights times factors.
  ///
  /// @param factors (rows, experts)
  public Variable experts(Variable x, Variable scores, ExpertNetwork network, Variable factors) {
    return run(
        new ExpertsOperation(this, new RoutedRows(x, scores, Optional.of(factors)), network));
  }

  /// Causal attention of new tokens of many sequences over all that their caches hold, theirs
  /// included; for inference only.
  ///
  /// @param x (rows, queries | keys | values), without values where they are part of the keys
  /// @return (rows, heads * valueSize)
  public Variable attention(Variable x, CachedLayer cached) {
    if (recording) {
      throw new IllegalStateException("attention over a cache has no backward pass");
    }
    return run(new CachedAttentionOperation(this, x, cached));
  }

  /// `f(x)`, or `f(gate) * up` for `x` of (rows, gate | up): (rows, width).
  public Variable activate(Variable x, Activation function, boolean gated) {
    return run(new ActivationOperation(this, x, function, gated));
  }

  /// A feed-forward network in which few rows skip the zeros of its activation: as `x`; for
  /// inference only.
  public Variable sparse(Variable x, SparseNetwork network) {
    if (recording) {
      throw new IllegalStateException("a sparse feed-forward network has no backward pass");
    }
    return run(new SparseOperation(this, x, network));
  }

  /// Shows `x` to `observer` whenever this runs: `x` itself.
  public Variable observe(Variable x, Consumer<Tensor> observer) {
    return run(new ObserveOperation(x, observer));
  }

  /// Runs `forwards` before all that is done with `x` from now on, and `backwards` when that has
  /// been played backwards: `x` itself.
  public Variable pass(Variable x, Runnable forwards, Runnable backwards) {
    return run(new PassOperation(x, forwards, backwards));
  }

  /// Adds to the loss `factor` times the sum of the absolute values in some rows of `x`: `x`
  /// itself.
  public Variable penalizeMagnitude(Variable x, float factor, BitSet rows) {
    return run(new MagnitudeOperation(x, factor, rows));
  }

  /// `x` in memory of its own.
  public Variable copy(Variable x) {
    return run(new CopyOperation(this, x));
  }

  /// `x` with `values` (rows, columns) from a row and a column on, in place: `x` itself. To be
  /// called on results that nothing else reads.
  public Variable replace(Variable x, int row, int column, Tensor values) {
    return run(new ReplaceOperation(this, x, row, column, values));
  }

  /// Ones, as many rows as `x` has: (rows, columns).
  public Variable ones(Variable x, int columns) {
    return run(new OnesOperation(this, x.value().shape().dimension(0), columns));
  }

  /// `x` times `factor`, in place: `x` itself. To be called on results that nothing else reads.
  public Variable scale(Variable x, float factor) {
    if (factor == 1) {
      return x;
    }
    return run(new ScaleOperation(this, x, factor));
  }

  /// Each row of `x` times `scale` and its factor of this number, in place: `x` itself. To be
  /// called on results that nothing else reads; for inference only, after [#rowFactors].
  public Variable scaleRows(Variable x, int number, float scale) {
    if (recording) {
      throw new IllegalStateException("factors of single rows have no backward pass");
    }
    var all =
        rowFactors.orElseThrow(() ->
            new IllegalStateException(
                "nobody says which rows use which adapter: read in sessions that choose"));
    var ofNumber = all.slice(number, 1).reshape(all.shape().dimension(1));
    return run(
        new ScaleRowsOperation(this, x, ofNumber.slice(0, x.value().shape().dimension(0)), scale));
  }

  /// Each row of `x` times `scale` where `invocation` was met in its sequence, and zero before, in
  /// place: `x` itself. To be called on results that nothing else reads. The rows are those of the
  /// whole sequences of [#tokens]; in recorded passes [#rowFactors] of this number say it.
  public Variable invokedRows(Variable x, int number, Invocation invocation, float scale) {
    if (rowFactors.isPresent()) {
      return scaleRows(x, number, scale);
    }
    var block =
        tokens.orElseThrow(() -> new IllegalStateException("nobody says what the tokens are"));
    return run(new InvokedRowsOperation(x, block, invocation, scale));
  }

  /// The tokens of the coming operations.
  public void tokens(TokenBlock block) {
    tokens = Optional.of(block);
  }

  /// The factors of [#scaleRows], which the caller fills before each pass.
  ///
  /// @param factors (numbers, rows)
  public void rowFactors(Tensor factors) {
    rowFactors = Optional.of(factors);
  }

  /// `x + branch`.
  public Variable add(Variable x, Variable branch) {
    return run(new AddOperation(this, x, branch));
  }

  /// `x` with some numbers dropped, by the plan of this step; `x` itself if the plan drops nothing.
  public Variable dropout(Variable x) {
    return dropout(x, dropout.probability());
  }

  /// The same with a probability of its own, for the seed and the step of the plan.
  public Variable dropout(Variable x, float probability) {
    if (probability == 0 || mode == Mode.INFER) {
      return x;
    }
    var drop = new Dropout(dropout.seed(), dropout.step(), dropoutSite++, probability);
    return run(new DropoutOperation(this, x, drop));
  }

  /// The logits of every row, capped if `softCap` is not 0: (rows, vocabulary). For inference only.
  public Variable logits(Variable x, Variable head, float softCap) {
    if (recording) {
      throw new IllegalStateException("training takes the loss of the head, not its logits");
    }
    var y = linear(x, List.of(new Projection(head, Optional.empty(), false)));
    return softCap == 0 ? y : run(new SoftCapOperation(this, y, softCap));
  }

  /// The cross-entropy of every row in nats, 0 where the target is negative, into `losses` (rows).
  /// With a gradient scale this also starts the backward pass, which [#backward()] completes.
  public void headLoss(Variable x, Variable head, HeadLoss loss, Tensor losses) {
    if (loss.gradientScale() != 0 && !recording) {
      throw new IllegalStateException("a tape that infers computes no gradients");
    }
    new HeadLossOperation(x, head, loss, HeadLossOperation.CHUNK_ELEMENTS).forward(this, losses);
  }

  /// The binary cross-entropy of logits (examples, labels) against targets of 0 and 1, summed over
  /// both, each label times its weight. With a gradient scale this also starts the backward pass.
  ///
  /// @param weights (labels), if they do not count alike
  public double binaryLoss(
      Variable logits, Tensor targets, Optional<Tensor> weights, float gradientScale) {
    return BinaryLoss.forward(this, logits, targets, weights, gradientScale);
  }

  /// The mean of the rows of each range: (ranges, width).
  public Variable pool(Variable x, List<RowRange> ranges) {
    return run(new PoolOperation(this, x, ranges));
  }

  /// The mean of the squared differences between `x` and `targets` (as `x`). A tape that records
  /// also starts the backward pass with it, which [#backward()] completes.
  public double squaredError(Variable x, Tensor targets) {
    return SquaredError.forward(this, x, targets, recording);
  }

  /// Records `pass`, which computes something for `rows` rows, without running it.
  ///
  /// @throws IllegalArgumentException if this tape has no memory for so many rows
  public RecordedPass record(int rows, Supplier<Variable> pass) {
    if (rows < 1 || rows > mostRows) {
      throw new IllegalArgumentException(
          "a pass of %d rows on a tape for passes of 1 to %d".formatted(rows, mostRows));
    }
    fit(rows);
    var starts = new BitSet();
    layerStarts = Optional.of(starts);
    try {
      var result = pass.get();
      return new RecordedPass(this, List.copyOf(operations), starts, result, rows);
    } finally {
      layerStarts = Optional.empty();
      operations.clear();
      clear();
    }
  }

  void fit(int rows) {
    workspace.fit(rows, mostRows);
  }

  /// From now on passes have `rows` rows and share the memory of passes of `most`, so that passes
  /// of many sizes take no more than the largest.
  ///
  /// @throws IllegalArgumentException if there are more rows than `most`
  public void fit(int rows, int most) {
    if (rows < 1 || rows > most) {
      throw new IllegalArgumentException(
          "a pass of %d rows in the memory of %d".formatted(rows, most));
    }
    workspace.fit(rows, most);
  }

  /// From now on the first `rows` rows of each pass are computed as few rows, whose bits do not
  /// depend on what else is in the pass, and the others as many; see
  /// [dev.fader.kernel.product.MatrixProduct#multiply(Matrix, List, Matrix, int)].
  public void fewRows(int rows) {
    fewRows = rows;
  }

  int fewRows() {
    return fewRows;
  }

  /// Whether there will be no backward pass.
  boolean infers() {
    return mode == Mode.INFER;
  }

  /// Whether products choose their way by size alone.
  boolean isAutomatic() {
    return fewRows == AUTOMATIC;
  }

  /// Whether passes are recorded and run again, so that what only depends on parameters was
  /// computed before.
  boolean repeatsPasses() {
    return mostRows > 0;
  }

  /// Asked before each layer; where it says yes, [#layer] throws [StoppedException].
  public void stopWhen(BooleanSupplier asked) {
    stop = asked;
  }

  /// Runs a layer, keeping what the mode says; an inferring tape gives back `x` and all but the
  /// layer's result.
  public Variable layer(Variable x, UnaryOperator<Variable> layer) {
    if (layerStarts.isPresent()) {
      layerStarts.get().set(operations.size());
    } else {
      throwIfStopped();
    }
    if (mode == Mode.TRAIN_RECOMPUTING && recording) {
      return run(new RecomputedOperation(this, x, layer));
    }
    if (recording) {
      return recordedLayer(x, layer);
    }
    var y = withoutRecording(x, layer);
    if (mode == Mode.INFER && results.remove(x)) {
      x.release(workspace);
    }
    return y;
  }

  /// Of a layer below the first that learns only the result is kept.
  private Variable recordedLayer(Variable x, UnaryOperator<Variable> layer) {
    int kept = results.size();
    int recorded = operations.size();
    var y = layer.apply(x);
    if (operations.size() == recorded) {
      releaseFrom(kept, y);
    }
    return y;
  }

  /// Plays everything back, last first, adding to the gradients of the parameters, and forgets it.
  public void backward() {
    var played = operations;
    operations = new ArrayList<>(played.size());
    playBack(played);
    clear();
  }

  /// Forgets everything that was run, and takes the memory of the results back.
  public void clear() {
    for (int i = operations.size() - 1; i >= 0; i--) {
      operations.get(i).release(workspace);
    }
    operations.clear();
    for (var result : results) {
      result.release(workspace);
    }
    results.clear();
    dropoutSite = 0;
  }

  void playBack(List<Operation> played) {
    for (int i = played.size() - 1; i >= 0; i--) {
      if (counting) {
        played.get(i).countBackward(this);
      } else {
        played.get(i).backward(this);
      }
      played.get(i).release(workspace);
    }
  }

  /// Runs `layer` and keeps only its result.
  Variable withoutRecording(Variable x, UnaryOperator<Variable> layer) {
    boolean before = recording;
    recording = false;
    int kept = results.size();
    var y = layer.apply(x);
    releaseFrom(kept, y);
    recording = before;
    if (before) {
      results.remove(y);
    }
    return y;
  }

  /// Releases the results from number `kept` on but `y`, which moves to their place.
  private void releaseFrom(int kept, Variable y) {
    boolean found = false;
    for (int i = results.size() - 1; i >= kept; i--) {
      var result = results.remove(i);
      if (result == y) {
        found = true;
      } else {
        result.release(workspace);
      }
    }
    if (found) {
      results.add(y);
    }
  }

  /// Runs `layers` again and returns what was recorded, leaving the tape's own record alone.
  List<Operation> recordApart(Runnable layers) {
    var before = operations;
    operations = new ArrayList<>();
    repeating = true;
    try {
      layers.run();
    } finally {
      repeating = false;
    }
    var apart = operations;
    operations = before;
    return apart;
  }

  /// The number of results that no operation on record owns.
  int unowned() {
    return results.size();
  }

  /// Releases those from number `kept` on.
  void releaseUnowned(int kept) {
    while (results.size() > kept) {
      results.removeLast().release(workspace);
    }
  }

  void throwIfStopped() {
    if (stop.getAsBoolean()) {
      throw new StoppedException();
    }
  }

  private Variable run(Operation operation) {
    if (layerStarts.isPresent() || (recording && operation.result().needsGradient())) {
      operations.add(operation);
    } else if (recording) {
      results.addAll(operation.owned()); // nothing flows back through it, but others may read it
    }
    if (layerStarts.isEmpty() || counting) {
      forward(operation);
    }
    return operation.result();
  }

  void forward(Operation operation) {
    if (!counting) {
      operation.forward(this);
    }
  }

  boolean counting() {
    return counting;
  }

  Variable result(Shape shape, boolean needsGradient) {
    var variable = Variable.result(workspace.take(shape), needsGradient);
    if (!recording) {
      results.add(variable);
    }
    return variable;
  }

  /// A result that does not depend on the number of rows of a pass.
  Variable unfitted(Shape shape, boolean needsGradient) {
    var variable = Variable.unfittedResult(workspace.takeUnfitted(shape), needsGradient);
    if (!recording) {
      results.add(variable);
    }
    return variable;
  }

  /// A result that depends on the number of rows of a pass if `x` does.
  Variable resultFrom(Variable x, Shape shape, boolean needsGradient) {
    return x.isUnfitted() ? unfitted(shape, needsGradient) : result(shape, needsGradient);
  }

  /// A result in the memory of an earlier one.
  Variable resultOver(Variable earlier, boolean needsGradient) {
    var variable = Variable.result(earlier.shareValue(), needsGradient);
    if (!recording) {
      results.add(variable);
    }
    return variable;
  }

  Workspace workspace() {
    return workspace;
  }

  int dropoutSite() {
    return dropoutSite;
  }

  void dropoutSite(int site) {
    dropoutSite = site;
  }
}
