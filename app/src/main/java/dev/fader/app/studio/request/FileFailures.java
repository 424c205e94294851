package dev.fader.app.studio.request;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;

/// What is told where files cannot be read or written: the words of who tried.
public final class FileFailures {
  /// The names of files and folders until they are whole.
  private static final Pattern UNFINISHED =
      Pattern.compile("\\..+\\.(partial|new|old)|\\.fader-merge-.+");

  private FileFailures() {}

  /// Something that reads or writes files.
  @FunctionalInterface
  public interface Work<T> {
    /// Does it.
    T run() throws IOException;
  }

  /// Does something with files.
  ///
  /// @throws ApiException if that fails, in its words
  public static <T> T told(Work<T> work) {
    try {
      return work.run();
    } catch (IOException failed) {
      throw told(failed);
    } catch (UncheckedIOException failed) {
      throw told(Objects.requireNonNull(failed.getCause()));
    }
  }

  private static ApiException told(IOException failed) {
    var error =
        failed instanceof NoSuchFileException
            ? new ApiException(Kind.NOT_FOUND, failed.getMessage() + ": no such file or directory")
            : new ApiException(Kind.UNAVAILABLE, words(failed));
    error.initCause(failed);
    return error;
  }

  /// What is written gets its name when it is whole: before, its folder is what is told of. Other
  /// hidden files are those that somebody asked for.
  private static String words(IOException failed) {
    if (failed instanceof FileSystemException refused && refused.getFile() != null) {
      var file = Path.of(refused.getFile());
      var reason =
          refused instanceof AccessDeniedException && refused.getReason() == null
              ? "permission denied"
              : String.valueOf(refused.getReason());
      if (isUnfinished(file)) {
        return "nothing can be written into %s (%s): start the studio with another --folder"
            .formatted(file.getParent(), reason);
      }
      if (refused instanceof AccessDeniedException) {
        return "%s: %s".formatted(file, reason);
      }
    }
    return String.valueOf(failed.getMessage());
  }

  private static boolean isUnfinished(Path file) {
    return file.getParent() != null
        && UNFINISHED.matcher(String.valueOf(file.getFileName())).matches();
  }
}
