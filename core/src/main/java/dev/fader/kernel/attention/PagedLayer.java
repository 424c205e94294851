package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Floats;
import dev.fader.tensor.Tensor;
import java.util.Optional;

/// Attention of one layer over pages: where its keys and values lie, and how it looks at them. To
/// be made once for each layer.
///
/// Query head h uses key/value head `h / (heads / keyValueHeads)`. A query sees the keys up to its
/// own position, with `window` > 0 only the last `window` of them. A score is `scale * q . k`, and
/// with `softCap` c > 0 it is `c * tanh(score / c)`.
///
/// @param layout how the layer's part of a page is laid out
/// @param offset the byte of a page at which that part begins
/// @param heads query heads
/// @param sinks (heads), if there are any: a score of each head that takes its share of the softmax
///   and has no value (gpt-oss)
public record PagedLayer(
    PageLayout layout,
    long offset,
    int heads,
    int window,
    float scale,
    float softCap,
    Optional<Tensor> sinks) {
  /// Checks that the sizes fit each other.
  ///
  /// @throws IllegalArgumentException if they do not
  public PagedLayer {
    if (heads < 1 || heads % layout.keyValueHeads() != 0) {
      throw new IllegalArgumentException(
          "%d query heads cannot share %d key heads evenly"
              .formatted(heads, layout.keyValueHeads()));
    }
    if (offset < 0) {
      throw new IllegalArgumentException("negative offset %d in a page".formatted(offset));
    }
    if (window < 0) {
      throw new IllegalArgumentException("negative attention window " + window);
    }
    if (sinks.isPresent()) {
      Floats.require(sinks.get(), "attention sinks");
      Floats.requireElements(sinks.get(), heads, "attention sinks");
    }
  }

  /// Query heads that share a key/value head.
  int group() {
    return heads / layout.keyValueHeads();
  }

  /// The first key that the query at `position` sees.
  int firstKey(int position) {
    return window > 0 ? Math.max(0, position - window + 1) : 0;
  }

  /// The score of a head that attends to nothing; one that has none is never chosen.
  float sink(int head) {
    return sinks.isPresent() ? sinks.get().get(head) : Float.NEGATIVE_INFINITY;
  }
}
