package dev.fader.app.studio.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.serve.http.ApiException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FileFailuresTest {
  private static final Path FOLDER = Path.of("scenes");

  private static String told(IOException failure) {
    return assertThrows(
            ApiException.class,
            () ->
                FileFailures.told(() -> {
                  throw failure;
                }))
        .message();
  }

  @Test
  void aFolderThatCannotBeWrittenIsNamedAndNotWhatWasBegunThere() {
    var begun = FOLDER.resolve(".mine.mix.json.1234.partial").toString();
    assertEquals(
        "nothing can be written into scenes (Read-only file system): start the studio with"
            + " another --folder",
        told(new FileSystemException(begun, null, "Read-only file system")));
    assertEquals(
        "nothing can be written into scenes (permission denied): start the studio with another"
            + " --folder",
        told(new AccessDeniedException(begun)));
  }

  @Test
  void hiddenFilesThatCannotBeReadAreNamed() {
    var file = FOLDER.resolve(".cache").resolve(".model.gguf").toString();
    assertEquals(file + ": permission denied", told(new AccessDeniedException(file)));
    assertEquals(
        file + ": Input/output error",
        told(new FileSystemException(file, null, "Input/output error")));
  }

  @Test
  void otherFailuresHaveTheirWords() {
    var file = FOLDER.resolve("mine.mix.json").toString();
    assertEquals(file + ": no such file or directory", told(new NoSuchFileException(file)));
    assertEquals(file + ": broken", told(new FileSystemException(file, null, "broken")));
    assertEquals("it ended", told(new IOException("it ended")));
  }
}
