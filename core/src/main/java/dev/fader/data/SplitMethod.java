package dev.fader.data;

import java.util.Arrays;
import java.util.Optional;

/// How a corpus was split into what is learned from and what is held out for validation.
enum SplitMethod {
  /// Nothing is held out: not asked for, or there is a separate validation corpus.
  NOTHING(0, "nothing is held out"),
  /// Nothing is held out, because there are too few sequences.
  TOO_FEW(
      1,
      "too few sequences to hold any out, so there is no validation; give `validationData` for one"),
  /// Whole documents, chosen by a hash of their contents.
  DOCUMENTS(2, "whole documents, chosen by their contents"),
  /// The end of the longest document, because there are too few documents to hold a whole one out.
  END(3, "the end of the longest document, as there are too few to hold a whole one out");

  private final int code;
  private final String description;

  SplitMethod(int code, String description) {
    this.code = code;
    this.description = description;
  }

  static Optional<SplitMethod> of(int code) {
    return Arrays.stream(values()).filter(heldOut -> heldOut.code == code).findAny();
  }

  /// Its code in a token file.
  int code() {
    return code;
  }

  String description() {
    return description;
  }
}
