package dev.fader.format;

/// File names that come from elsewhere, and may become part of a path only if they lead nowhere
/// else.
final class PlainName {
  private PlainName() {}

  /// Whether `name` names an entry of a directory on every system: not empty, `.` or `..`, and
  /// without separators, colons and control characters.
  static boolean isPlain(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.chars()
            .noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
  }

  /// Whether `name` is one or more plain names with `/` between them.
  static boolean isPlainPath(String name) {
    for (String part : name.split("/", -1)) {
      if (!isPlain(part)) {
        return false;
      }
    }
    return true;
  }
}
