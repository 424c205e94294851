package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Matrix;

/// One query head of one sequence: where it lies in the matrices of all heads.
record AttentionHead(AttentionShape shape, int batch, int head) {
  /// The head's (queries, headSize) window on a matrix of the queries' size.
  Matrix ofQueryHead(Matrix all) {
    return all.rows(batch * shape.queries(), shape.queries())
        .columns(head * shape.headSize(), shape.headSize());
  }

  /// The (keys, headSize) window of the key head that this head uses.
  Matrix ofKeyHead(Matrix all) {
    int keyHead = head / (shape.heads() / shape.keyValueHeads());
    return all.rows(batch * shape.keys(), shape.keys())
        .columns(keyHead * shape.headSize(), shape.headSize());
  }

  /// The place of query `t` among the statistics (batch * queries, heads).
  long statistic(int t) {
    return ((long) batch * shape.queries() + t) * shape.heads() + head;
  }
}
