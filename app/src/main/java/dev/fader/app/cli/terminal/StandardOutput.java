package dev.fader.app.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/// Standard output that remembers why it could not be written: a `PrintWriter` only says that.
public final class StandardOutput extends OutputStream {
  private final OutputStream stream = new FileOutputStream(FileDescriptor.out);
  private Optional<IOException> failure = Optional.empty();

  public StandardOutput() {}

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    try {
      stream.write(bytes, from, length);
    } catch (IOException failed) {
      failure = failure.or(() -> Optional.of(failed));
      throw failed;
    }
  }

  /// Why it could not be written, if it could not.
  public Optional<IOException> failure() {
    return failure;
  }

  /// Whether whoever read it has gone: `| head` has seen enough.
  public boolean readerIsGone() {
    return failure.map(IOException::getMessage).filter("Broken pipe"::equals).isPresent();
  }
}
