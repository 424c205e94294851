package dev.fader.answer;

/// What thoughts begin and end with.
record ThoughtTags(Tag open, Tag close) {}
