package dev.fader.data;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.regex.PatternSyntaxException;

/// A glob that selects files of a folder: `*.java` by name at any depth, `src/**/*.java` by the
/// path below the folder, where `**/` stands for any number of folders, none included.
final class Glob {
  private final PathMatcher matcher;
  private final boolean nameOnly;
  private final String pattern;

  private Glob(PathMatcher matcher, boolean nameOnly, String pattern) {
    this.matcher = matcher;
    this.nameOnly = nameOnly;
    this.pattern = pattern;
  }

  /// A pattern for paths if it has a `/`, and else for names at any depth.
  ///
  /// @throws DataException if the pattern is broken
  static Glob parse(String pattern) {
    return parse(pattern, !pattern.contains("/"));
  }

  /// A pattern for the files right in the folder, as a shell reads `folder/*.txt`.
  ///
  /// @throws DataException if the pattern is broken
  static Glob inFolder(String pattern) {
    return parse(pattern, false);
  }

  private static Glob parse(String pattern, boolean nameOnly) {
    try {
      var matcher = FileSystems.getDefault().getPathMatcher("glob:" + withOptionalFolders(pattern));
      return new Glob(matcher, nameOnly, pattern);
    } catch (PatternSyntaxException broken) {
      throw new DataException(
          "glob %s: %s; write it like **/*.java".formatted(pattern, broken.getDescription()),
          broken);
    }
  }

  /// Java's own `**/` wants at least one folder. Within braces it is left so, as braces cannot
  /// nest.
  private static String withOptionalFolders(String pattern) {
    var optional = new StringBuilder();
    boolean braces = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      braces = c == '{' || (braces && c != '}');
      if (c == '\\' || c == '[') {
        int close = c == '[' ? pattern.indexOf(']', i) : i + 1;
        int end = close < 0 ? pattern.length() : Math.min(pattern.length(), close + 1);
        optional.append(pattern, i, end);
        i = end - 1;
      } else if (!braces && pattern.startsWith("**/", i)) {
        optional.append("{**/,}");
        i += 2;
      } else {
        optional.append(c);
      }
    }
    return optional.toString();
  }

  /// Whether `text` has wildcard characters.
  static boolean isPattern(String text) {
    return text.chars().anyMatch(c -> c == '*' || c == '?' || c == '[' || c == '{');
  }

  /// Whether the pattern matches the file at `relative`, a path below its folder.
  boolean matches(Path relative) {
    return matcher.matches(nameOnly ? relative.getFileName() : relative);
  }

  @Override
  public String toString() {
    return pattern;
  }
}
