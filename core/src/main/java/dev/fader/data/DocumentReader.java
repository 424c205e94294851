package dev.fader.data;

import java.util.Optional;

/// A stream of the chunks of documents, in order. Closed by whoever opened it.
interface DocumentReader extends AutoCloseable {
  /// The next chunk, or empty at the end.
  ///
  /// @throws DataException if what is there cannot be learned from
  Optional<DocumentChunk> next();

  /// The location of the last chunk's document: a file, with a line or a number where it has
  /// several.
  String place();

  /// Whether, after an exception, what follows can be read.
  default boolean goesOn() {
    return false;
  }

  @Override
  void close();
}
