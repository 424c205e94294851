package dev.fader.train.recipe;

import java.util.Optional;

/// The sizes of a model.
///
/// @param vocabulary number of token ids
/// @param context the longest sequence
/// @param width size of the hidden state (the embedding dimension)
/// @param layers decoder layers
/// @param sharedLayers consecutive layers that use one set of parameters, 1 for none
/// @param heads query heads
/// @param keyValueHeads key and value heads
/// @param feedForward hidden width of the feed-forward network
/// @param window attention window in tokens, 0 for full attention
/// @param tied whether the head is the token embedding
/// @param embeddingWidth columns of a factorised embedding, 0 for one as wide as the model
/// @param experts in place of most feed-forward networks, if there are any
public record ModelSize(
    int vocabulary,
    int context,
    int width,
    int layers,
    int sharedLayers,
    int heads,
    int keyValueHeads,
    int feedForward,
    int window,
    boolean tied,
    int embeddingWidth,
    Optional<ExpertSize> experts) {
  /// Without experts, and with an embedding as wide as the model.
  public ModelSize(
      int vocabulary,
      int context,
      int width,
      int layers,
      int sharedLayers,
      int heads,
      int keyValueHeads,
      int feedForward,
      int window,
      boolean tied) {
    this(
        vocabulary,
        context,
        width,
        layers,
        sharedLayers,
        heads,
        keyValueHeads,
        feedForward,
        window,
        tied,
        0,
        Optional.empty());
  }

  /// The divisor of `number` nearest to `wish`, the smaller of two.
  static int nearestDivisor(int number, int wish) {
    int below = Math.clamp(wish, 1, number);
    int above = below;
    while (number % below != 0 && number % above != 0) {
      below--;
      above++;
    }
    return number % below == 0 ? below : above;
  }
}
