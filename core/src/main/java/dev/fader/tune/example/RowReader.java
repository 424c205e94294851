package dev.fader.tune.example;

import java.util.Optional;

/// The rows of a file, in order.
sealed interface RowReader extends AutoCloseable permits JsonLineRows, JsonListRows, CsvRows {
  /// The next row, or empty at the end.
  ///
  /// @throws dev.fader.data.DataException if what is there is no row
  Optional<Row> next();

  @Override
  void close();
}
