package dev.fader.model;

import dev.fader.grad.CachedRows;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;

/// The keys and values of past tokens, so that a new token needs only its own row of work. Owned by
/// one session.
public final class KeyValueCache {
  private final List<CachedRows> layers = new ArrayList<>();
  private final int capacity;
  private final Tensor ids; // (capacity), INT32
  private int length;
  private boolean longFactors;

  /// An empty cache for up to `capacity` tokens, in `arena`.
  public KeyValueCache(ModelConfig config, int capacity, TensorArena arena) {
    this.capacity = capacity;
    this.ids = arena.allocate(DType.INT32, Shape.of(capacity));
    long width = (long) config.attention().keyValueHeads() * config.attention().stateSize();
    for (int layer = 0; layer < config.layers(); layer++) {
      layers.add(new CachedRows(arena.floats(capacity, width), arena.floats(capacity, width)));
    }
  }

  /// Tokens in the cache.
  public int length() {
    return length;
  }

  /// Tokens it has room for.
  public int capacity() {
    return capacity;
  }

  /// Forgets all tokens after the first `tokens`.
  ///
  /// @throws IllegalArgumentException if there are fewer
  public void truncate(int tokens) {
    if (tokens < 0 || tokens > length) {
      throw new IllegalArgumentException(
          "cannot keep %d of %d cached tokens".formatted(tokens, length));
    }
    length = tokens;
  }

  CachedRows layer(int layer) {
    return layers.get(layer);
  }

  /// The tokens whose keys and values are cached.
  Tensor ids() {
    return ids.slice(0, length);
  }

  /// Whether its keys were rotated by LongRoPE's factors for long texts.
  boolean usesLongFactors() {
    return longFactors;
  }

  void append(Tensor tokens, boolean rotatedByLongFactors) {
    for (long i = 0; i < tokens.elements(); i++) {
      ids.set(length + i, tokens.get(i));
    }
    length += Math.toIntExact(tokens.elements());
    longFactors = rotatedByLongFactors;
  }
}
