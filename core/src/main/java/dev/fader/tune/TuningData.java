package dev.fader.tune;

import java.util.List;

/// The examples of some files as something to learn; [TuningDataReader] reads them.
///
/// @param learning what is learned, and what is held out to validate with
/// @param counts of what is learned
/// @param formats what was recognised, a line for each file
/// @param notices what may be wrong, a line each
public record TuningData(
    LearningData learning, Counts counts, List<String> formats, List<String> notices) {
  /// Sizes.
  ///
  /// @param examples that are learned from: texts, conversations or pairs
  /// @param heldOut examples that are not
  /// @param tokens that the model reads in an epoch
  /// @param targets that are learned in it: tokens, pairs or texts
  /// @param longest tokens that the model reads of the longest example
  /// @param packed whether a row of a batch may hold several examples
  public record Counts(
      long examples, long heldOut, long tokens, long targets, int longest, boolean packed) {
    /// A row for each example.
    public Counts(long examples, long heldOut, long tokens, long targets, int longest) {
      this(examples, heldOut, tokens, targets, longest, false);
    }

    /// The rows of an epoch; where they hold several examples, as if they were filled.
    public long rows(int context) {
      return packed
          ? Math.clamp(Math.ceilDiv(tokens, context), 1, Math.max(1, examples))
          : examples;
    }
  }

  public TuningData {
    formats = List.copyOf(formats);
    notices = List.copyOf(notices);
  }

  /// What kind of thing it is.
  public TuningTask task() {
    return learning.task();
  }
}
