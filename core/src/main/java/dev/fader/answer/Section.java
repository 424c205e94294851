package dev.fader.answer;

import java.util.List;

/// A part of an answer that is read by rules of its own, letter by letter, so that it does not
/// matter in which pieces the text comes.
interface Section {
  /// The tags that may come next. Letters that may become one of them wait until it is clear.
  default List<Tag> tags() {
    return List.of();
  }

  /// Takes a letter that is no part of a tag, and returns this; or another section, which the
  /// letter is for.
  Section letter(char letter);

  /// Takes one of [#tags]. What follows it is for the section that is returned.
  default Section tag(Tag tag) {
    throw new IllegalStateException("no tag comes here: " + tag);
  }

  /// Says that the answer ends here.
  ///
  /// @param cut whether it ends before the model has ended it
  void end(boolean cut);
}
