package dev.fader.answer;

import java.util.Optional;

/// What the sections of one answer share.
///
/// @param calls how calls are written; empty where nobody may call
/// @param thought how thoughts are written, if they are
record Reading(
    AnswerWriter out,
    DeclaredTools tools,
    Optional<CallSyntax> calls,
    Optional<ThoughtTags> thought) {
  /// The section of text for the user, from here on.
  Section content() {
    return new ContentSection(this);
  }
}
