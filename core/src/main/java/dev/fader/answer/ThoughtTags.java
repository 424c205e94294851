package dev.fader.answer;

/// What thoughts begin and end with.
///
/// @param label that the model writes first, and is no part of the thought; may be empty
/// @param endsByCalls whether the tokens that begin calls end a thought, too
record ThoughtTags(Tag open, Tag close, String label, boolean endsByCalls) {}
