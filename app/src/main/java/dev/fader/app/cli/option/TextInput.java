package dev.fader.app.cli.option;

import dev.fader.app.cli.terminal.WrittenText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Texts that a command reads whole.
public final class TextInput {
  private TextInput() {}

  /// The text of a file, or of standard input where `source` is `-`.
  ///
  /// @throws IOException if it cannot be read, or is not UTF-8
  public static String read(String source) throws IOException {
    return source.equals("-") ? standardInput() : read(Path.of(source));
  }

  /// The text of a file.
  ///
  /// @throws IOException if it cannot be read, or is not UTF-8
  public static String read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + ": is a directory, and a file with text is needed");
    }
    return decoded(file.toString(), Files.readAllBytes(file));
  }

  /// Whether something is put into standard input: a pipe or a file, whatever standard output is.
  static boolean isPiped() throws IOException {
    if (WrittenText.isAtTerminal()) {
      return false;
    }
    try {
      return !Files.readSymbolicLink(Path.of("/proc/self/fd/0")).startsWith("/dev");
    } catch (IOException | UnsupportedOperationException noProc) {
      return System.in.available() > 0; // systems that do not tell
    }
  }

  /// All of standard input.
  ///
  /// @throws IOException if it is not UTF-8
  public static String standardInput() throws IOException {
    return decoded("standard input", System.in.readAllBytes());
  }

  /// The same, and `silent` is run where nothing has come for two seconds.
  public static String standardInput(Runnable silent) throws IOException {
    var come = new CountDownLatch(1);
    Thread.startVirtualThread(() -> {
      try {
        if (!come.await(2, TimeUnit.SECONDS)) {
          silent.run();
        }
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      }
    });
    var bytes = new ByteArrayOutputStream();
    int first = System.in.read();
    come.countDown();
    if (first >= 0) {
      bytes.write(first);
      System.in.transferTo(bytes);
    }
    return decoded("standard input", bytes.toByteArray());
  }

  private static String decoded(String name, byte[] bytes) throws IOException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException wrong) {
      throw new IOException(name + ": not UTF-8; convert it, for example with iconv", wrong);
    }
  }
}
