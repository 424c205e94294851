package dev.fader.tokenizer.pipeline;

/// A token that is matched in the text before anything else: an entry of `added_tokens`.
///
/// @param id its id
/// @param content its text
/// @param special whether it is a control token such as `<|endoftext|>`, not recognized in user
///   text
/// @param matching how it is matched
public record AddedToken(int id, String content, boolean special, Matching matching) {
  /// How a token is matched.
  ///
  /// @param singleWord whether it must not be adjacent to a letter, digit or underscore
  /// @param takesSpaceBefore whether it strips white space before it (`lstrip`)
  /// @param takesSpaceAfter whether it strips white space after it (`rstrip`)
  /// @param normalized whether it is matched in normalized text
  public record Matching(
      boolean singleWord, boolean takesSpaceBefore, boolean takesSpaceAfter, boolean normalized) {
    /// In the raw text, exactly the token.
    public static final Matching EXACT = new Matching(false, false, false, false);
  }

  /// The same with the id that the model has for its text, which overrides the file's; -1 for none.
  public AddedToken withId(int known) {
    return known < 0 ? this : new AddedToken(known, content, special, matching);
  }

  AddedToken withContent(String other) {
    return new AddedToken(id, other, special, matching);
  }
}
