package dev.fader.model.adapter;

import dev.fader.grad.Variable;

/// The matrix from the last state of a text to the scores of its classes, without a bias, as the
/// models for sequence classification of transformers have it.
///
/// @param weight (labels, width)
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public record ClassificationHead(Variable weight) {
  static final String NAME = "score";

  /// The number of classes.
  public int labels() {
    return weight.value().shape().size(0);
  }
}
