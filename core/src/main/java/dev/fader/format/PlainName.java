package dev.fader.format;

/// Untrusted file names, which may become part of a path only if they stay inside the directory.
final class PlainName {
  private PlainName() {}

  /// Whether `name` is an entry of a directory on every system: not empty, `.` or `..`, and without
  /// separators, colons and control characters.
  static boolean isPlain(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.chars()
            .noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
  }

  /// Whether `name` consists of plain names separated by `/`.
  static boolean isPlainPath(String name) {
    for (String part : name.split("/", -1)) {
      if (!isPlain(part)) {
        return false;
      }
    }
    return true;
  }
}
