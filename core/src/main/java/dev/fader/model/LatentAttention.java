package dev.fader.model;

/// Multi-head latent attention (MLA, DeepSeek-V2, arXiv:2405.04434): low-rank projections of
/// queries, keys and values. A head has `nopeSize` columns without positions and then `ropeSize`
/// rotated columns; the rotated columns of the keys are shared by all heads.
///
/// @param queryRank width of the queries' latent, 0 if queries are projected directly
/// @param keyValueRank width of the latent of keys and values
/// @param nopeSize columns of a head without positions (`qk_nope_head_dim`)
/// @param ropeSize columns of a head with positions (`qk_rope_head_dim`)
/// @param valueSize columns of a value head
public record LatentAttention(
    int queryRank, int keyValueRank, int nopeSize, int ropeSize, int valueSize) {
  /// Columns of a query or key head.
  public int headSize() {
    return Math.addExact(nopeSize, ropeSize);
  }
}
