package dev.fader.data;

import java.util.Optional;

/// A stream of the pieces of documents, in order. Closed by whoever opened it.
interface DocumentReader extends AutoCloseable {
  /// The next piece, or empty at the end.
  ///
  /// @throws DataException if what is there cannot be learned from
  Optional<DocumentChunk> next();

  /// Where the document stands that the last piece is of: a file, and a line or a number where it
  /// has several.
  String place();

  @Override
  void close();
}
