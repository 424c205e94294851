package dev.fader.tune.example;

import java.util.Arrays;
import java.util.BitSet;

/// A sequence of tokens, some of which are learned. Immutable.
///
/// The model reads all but the last token and predicts all but the first, so that an example of n
/// tokens takes n - 1 places in a row.
public final class TrainingExample {
  private final int[] ids;
  private final BitSet learned;
  private final Place place;

  /// @param learned which of the ids are learned; the first never is
  public TrainingExample(int[] ids, BitSet learned, Place place) {
    this.ids = ids.clone();
    this.learned = (BitSet) learned.clone();
    this.place = place;
  }

  /// The number of its tokens.
  public int length() {
    return ids.length;
  }

  /// The token at `index`.
  public int id(int index) {
    return ids[index];
  }

  /// All tokens.
  public int[] ids() {
    return ids.clone();
  }

  /// Whether the token at `index` is one to be predicted.
  public boolean isLearned(int index) {
    return index > 0 && learned.get(index);
  }

  /// The number of tokens to be predicted.
  public int learnedTokens() {
    return learned.cardinality() - (learned.get(0) ? 1 : 0);
  }

  /// The places that it takes in a row.
  public int inputs() {
    return ids.length - 1;
  }

  /// Where it was read.
  public Place place() {
    return place;
  }

  /// The first part of it that fits a row of `context` places.
  public TrainingExample cutTo(int context) {
    if (inputs() <= context) {
      return this;
    }
    return new TrainingExample(Arrays.copyOf(ids, context + 1), learned.get(0, context + 1), place);
  }

  /// Writes the inputs, and the targets with `ignored` for what is not learned, from `offset`.
  void read(int[] inputs, int[] targets, int offset, int ignored) {
    System.arraycopy(ids, 0, inputs, offset, inputs());
    for (int i = 1; i < ids.length; i++) {
      targets[offset + i - 1] = learned.get(i) ? ids[i] : ignored;
    }
  }
}
