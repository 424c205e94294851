package dev.fader.app.studio.request;

import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// Names of files that requests choose: plain words, never paths.
public final class FileNames {
  private static final Pattern NAME =
      Pattern.compile("[\\p{L}\\p{N}]([\\p{L}\\p{N} ._+-]{0,98}[\\p{L}\\p{N}_+-])?");

  /// What Windows takes for a device, whatever its ending.
  private static final Pattern DEVICE =
      Pattern.compile("(?i)(con|prn|aux|nul|com\\p{N}|lpt\\p{N})([ .].*)?");

  private FileNames() {}

  /// The name in `name`.
  ///
  /// @throws ApiException if it is none
  public static String of(BodyFields body) {
    var name = body.requiredText("name");
    if (DEVICE.matcher(name).matches()) {
      throw body.refused(
          "name", "%s is a device where Windows runs: choose another name".formatted(name));
    }
    if (!isName(name)) {
      throw body.wrong(
          "name",
          "a name of at most 100 letters, digits, spaces and . _ + - that begins with a letter or digit");
    }
    return name;
  }

  /// Whether a text is one.
  public static boolean isName(String name) {
    return NAME.matcher(name).matches() && !DEVICE.matcher(name).matches();
  }

  /// What a name is in a folder.
  ///
  /// @param ending of the file, such as `.gguf`
  /// @throws ApiException if that is elsewhere
  public static Path in(Path folder, String name, String ending) {
    var whole = folder.toAbsolutePath().normalize();
    var path = whole.resolve(name + ending).normalize();
    if (!whole.equals(path.getParent())) {
      throw ApiException.invalid(
          "name", "`name` leads out of the studio's folder: give a plain name");
    }
    return path;
  }
}
