package dev.fader.format;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/// A file that violates its format: truncated, altered, inconsistent or unsupported. The message is
/// one line: file, field, what is wrong, where.
public final class FormatException extends IOException {
  @Serial private static final long serialVersionUID = 1L;
  private static final int LONGEST_QUOTE = 100;

  private final transient Path file;
  private final String field;
  private final long offset;

  private FormatException(Path file, String field, long offset, String problem) {
    super(
        file
            + (field.isEmpty() ? "" : ": " + printable(field))
            + ": "
            + problem
            + (offset < 0 ? "" : " (at byte " + offset + ")"));
    this.file = file;
    this.field = field;
    this.offset = offset;
  }

  /// A problem of the whole file.
  public FormatException(Path file, String problem) {
    this(file, "", -1, problem);
  }

  /// A problem of one field or tensor.
  public FormatException(Path file, String field, String problem) {
    this(file, field, -1, problem);
  }

  /// A problem at byte `offset`, counted from the start of the file.
  static FormatException at(Path file, long offset, String problem) {
    return new FormatException(file, "", offset, problem);
  }

  /// A problem of one field or tensor at byte `offset`, counted from the start of the file.
  static FormatException at(Path file, String field, long offset, String problem) {
    return new FormatException(file, field, offset, problem);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /// The malformed file.
  public Path file() {
    return file;
  }

  /// The field or tensor, if it is known.
  public Optional<String> field() {
    return field.isEmpty() ? Optional.empty() : Optional.of(field);
  }

  /// The position in bytes from the start of the file, if it is known.
  public OptionalLong offset() {
    return offset < 0 ? OptionalLong.empty() : OptionalLong.of(offset);
  }

  /// `text` from a file in quotes, fit for a one-line message: without control characters and
  /// truncated if it is long.
  public static String quoted(String text) {
    return "'" + printable(text) + "'";
  }

  private static String printable(String text) {
    var line = new StringBuilder();
    text.codePoints()
        .limit(LONGEST_QUOTE)
        .forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
    return line.length() < text.length() ? line.append("...").toString() : line.toString();
  }
}
