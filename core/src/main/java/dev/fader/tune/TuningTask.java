package dev.fader.tune;

/// What there is to learn.
public enum TuningTask {
  CONTINUATION("the next token of texts and answers"),
  PREFERENCE("which of two answers is better"),
  CLASSIFICATION("the labels of texts");

  private final String words;

  TuningTask(String words) {
    this.words = words;
  }

  /// What is learned, such as `the labels of texts`.
  public String words() {
    return words;
  }
}
