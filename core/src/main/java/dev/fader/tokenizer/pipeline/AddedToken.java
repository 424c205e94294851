package dev.fader.tokenizer.pipeline;

/// A token that is looked for in the text before anything else: an entry of `added_tokens`.
///
/// @param id its id
/// @param content its text
/// @param special whether it is a control token such as `<|endoftext|>`, left alone in user text
/// @param matching how it is looked for
public record AddedToken(int id, String content, boolean special, Matching matching) {
  /// How it is looked for.
  ///
  /// @param singleWord whether it must not touch a letter, digit or underscore
  /// @param takesSpaceBefore whether it swallows white space before it (`lstrip`)
  /// @param takesSpaceAfter whether it swallows white space after it (`rstrip`)
  /// @param normalized whether it is looked for in normalized text
  public record Matching(
      boolean singleWord, boolean takesSpaceBefore, boolean takesSpaceAfter, boolean normalized) {
    /// In the text as it comes, nothing but the token itself.
    public static final Matching EXACT = new Matching(false, false, false, false);
  }

  /// The same under the id that the model has for its text, which counts more than the file's own;
  /// -1 where it has none.
  public AddedToken withId(int known) {
    return known < 0 ? this : new AddedToken(known, content, special, matching);
  }

  AddedToken withContent(String other) {
    return new AddedToken(id, other, special, matching);
  }
}
