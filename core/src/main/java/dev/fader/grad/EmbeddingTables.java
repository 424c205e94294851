package dev.fader.grad;

import java.util.List;
import java.util.Optional;

/// What tokens become.
///
/// @param tokens (vocabulary, width)
/// @param positions (context, width), if positions are learned
/// @param scale what the rows of tokens are multiplied with
/// @param replaced rows that stand for those of some tokens, in any order
/// @param unread how many ids behind the vocabulary may come whose rows do not matter: they get
///   those of the first token
public record EmbeddingTables(
    Variable tokens,
    Optional<Variable> positions,
    float scale,
    List<ReplacedRows> replaced,
    int unread) {
  /// A table of tokens as it is.
  public EmbeddingTables(Variable tokens, Optional<Variable> positions, float scale) {
    this(tokens, positions, scale, List.of(), 0);
  }

  /// Rows of their own for some tokens, which may be beyond the vocabulary: virtual ones.
  ///
  /// @param firstId the token of the first row if `ids` is empty; the others follow it
  /// @param ids the token of each row, ascending
  /// @param rows (tokens, width)
  /// @param scale what the rows are multiplied with
  public record ReplacedRows(int firstId, List<Integer> ids, Variable rows, float scale) {
    /// The row of a token, -1 if it has none here.
    int row(int id) {
      if (ids.isEmpty()) {
        int row = id - firstId;
        return row >= 0 && row < rows.value().shape().size(0) ? row : -1;
      }
      int from = 0;
      int to = ids.size();
      while (from < to) { // nothing is boxed
        int middle = (from + to) >>> 1;
        int there = ids.get(middle);
        if (there == id) {
          return middle;
        }
        from = there < id ? middle + 1 : from;
        to = there < id ? to : middle;
      }
      return -1;
    }
  }
}
