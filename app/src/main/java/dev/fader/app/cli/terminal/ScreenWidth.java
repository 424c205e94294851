package dev.fader.app.cli.terminal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jline.terminal.spi.SystemStream;
import org.jline.terminal.spi.TerminalProvider;

/// How wide the terminal is that standard error goes to, and lines that fit it.
public final class ScreenWidth {
  /// Where there is no terminal, or it does not say.
  public static final int USUAL = 80;

  private static final int NARROWEST = 20;

  private ScreenWidth() {}

  /// Columns of the terminal as it is now.
  public static int now() {
    if (!Boolean.getBoolean("fader.terminal")) {
      return USUAL;
    }
    try {
      int width = TerminalProvider.load("ffm").systemStreamWidth(SystemStream.Error);
      return width > 0 ? Math.max(NARROWEST, width) : USUAL;
    } catch (IOException | RuntimeException | LinkageError unknown) {
      return USUAL;
    }
  }

  /// The lines of `text`, on a terminal broken at words: elsewhere whoever reads it looks for
  /// lines.
  public static List<String> lines(String text) {
    if (!Boolean.getBoolean("fader.terminal")) {
      return List.of(text);
    }
    int width = now();
    return text.lines().flatMap(line -> wrapped(line, width, 2).stream()).toList();
  }

  /// `text` in lines of at most `width` columns, broken at spaces; all but the first begin with
  /// `indent` spaces. A word that is longer than a line stays whole.
  public static List<String> wrapped(String text, int width, int indent) {
    var lines = new ArrayList<String>();
    var rest = text.stripTrailing();
    while (rest.length() > width) {
      int begin = rest.length() - rest.stripLeading().length();
      int cut = rest.lastIndexOf(' ', width);
      cut = cut > Math.max(begin, lines.isEmpty() ? 0 : indent) ? cut : rest.indexOf(' ', width);
      if (cut < 0) {
        break;
      }
      lines.add(rest.substring(0, cut).stripTrailing());
      rest = " ".repeat(indent) + rest.substring(cut).strip();
    }
    lines.add(rest);
    return lines;
  }
}
