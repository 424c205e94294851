package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// VeRA: `y += scale * b * (B (d * (A x)))` with random matrices that all modules share and that do
/// not learn (Kopiczko et al. 2024, arXiv:2310.11454).
///
/// @param down A (rank, in), fixed
/// @param up B (out, rank), fixed
/// @param ranks d (rank)
/// @param outputs b (out)
/// @param scaling of what is added
public record VectorAdapter(
    Variable down, Variable up, Variable ranks, Variable outputs, Scaling scaling)
    implements Adapter {
  public static final String OUTPUTS = "vera_lambda_b";
  public static final String RANKS = "vera_lambda_d";

  /// How much is added.
  ///
  /// @param scale 1 unless it is changed
  /// @param dropout of what A reads while training
  public record Scaling(float scale, float dropout) {}

  @Override
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    parameters.put(OUTPUTS, outputs);
    parameters.put(RANKS, ranks);
    return parameters;
  }

  @Override
  public Variable output(Tape tape, Variable x, Outputs into) {
    var narrow = Products.linear(tape, tape.dropout(x, scaling.dropout), down); // (rows, rank)
    var wide = Products.linear(tape, tape.multiplyColumns(narrow, 0, ranks), up); // (rows, out)
    var weighed = tape.scale(tape.multiplyColumns(wide, 0, outputs), scaling.scale);
    return tape.addColumns(into.all(), into.first(), weighed);
  }

  @Override
  public void merge(MergedProjection projection) {
    projection.addProduct(
        projection.withFactorsOfRows(up, outputs),
        projection.withFactorsOfRows(down, ranks),
        scaling.scale);
  }

  @Override
  public VectorAdapter scaled(float factor) {
    var changed = new Scaling(scaling.scale * factor, scaling.dropout);
    return new VectorAdapter(down, up, ranks, outputs, changed);
  }
}
