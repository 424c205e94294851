package dev.fader.answer;

import java.util.List;
import java.util.Optional;

/// What the sections of one answer share.
///
/// @param calls how calls are written; empty where nobody may call
/// @param thought how thoughts are written, if they are
/// @param frames tags around content, which are not told
record Reading(
    AnswerWriter out,
    DeclaredTools tools,
    Optional<CallSyntax> calls,
    Optional<ThoughtTags> thought,
    List<Tag> frames) {
  /// The section of text for the user, from here on.
  Section content() {
    return new ContentSection(this);
  }
}
