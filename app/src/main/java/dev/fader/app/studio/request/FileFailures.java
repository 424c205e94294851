package dev.fader.app.studio.board;

import dev.fader.serve.http.ApiException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;

/// What is told where files cannot be read or written: the words of who tried.
final class FileFailures {
  private FileFailures() {}

  /// Something that reads or writes files.
  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException;
  }

  /// Does something with files.
  ///
  /// @throws ApiException if that fails, in its words
  static <T> T told(Work<T> work) {
    try {
      return work.run();
    } catch (IOException failed) {
      throw told(failed);
    } catch (UncheckedIOException failed) {
      throw told(Objects.requireNonNull(failed.getCause()));
    }
  }

  private static ApiException told(IOException failed) {
    var message =
        failed instanceof NoSuchFileException
            ? failed.getMessage() + ": no such file or directory"
            : String.valueOf(failed.getMessage());
    var error = new ApiException(ApiException.Kind.UNAVAILABLE, message);
    error.initCause(failed);
    return error;
  }
}
