package dev.fader.data;

/// Part of a document, small enough to hold in memory: the unit that a corpus is streamed in.
sealed interface DocumentChunk {
  /// The next part of a document's text; `last` ends the document.
  record Text(String text, boolean last) implements DocumentChunk {}

  /// A whole document that came as token ids. `place` names its file and line.
  @SuppressWarnings("ArrayRecordComponent") // passed on once, never compared
  record Ids(int[] ids, String place) implements DocumentChunk {}
}
