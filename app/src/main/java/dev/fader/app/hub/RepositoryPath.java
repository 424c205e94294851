package dev.fader.app.hub;

/// Names that the hub sends, and that become paths only if they lead nowhere else.
final class RepositoryPath {
  private static final int LONGEST = 1024;

  private RepositoryPath() {}

  /// Whether `path` is one or more plain names with `/` between them: no way up, no root, nothing
  /// that another system takes for a drive or a separator.
  static boolean isPlain(String path) {
    if (path.length() > LONGEST) {
      return false;
    }
    for (var part : path.split("/", -1)) {
      boolean plain =
          !part.isEmpty()
              && !part.equals(".")
              && !part.equals("..")
              && part.chars()
                  .noneMatch(c -> c == '\\' || c == ':' || Character.isISOControl((char) c));
      if (!plain) {
        return false;
      }
    }
    return true;
  }
}
