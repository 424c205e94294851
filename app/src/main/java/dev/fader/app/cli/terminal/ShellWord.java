package dev.fader.app.cli.terminal;

/// A word of a command line that a user may copy into a shell.
public final class ShellWord {
  private ShellWord() {}

  /// `text` as one word of a POSIX shell, in quotes where it needs them.
  public static String of(Object text) {
    var word = text.toString();
    return word.matches("[\\p{L}\\p{N}_@%+=:,./-]+")
        ? word
        : "'" + word.replace("'", "'\\''") + "'";
  }
}
