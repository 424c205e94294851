package dev.fader.app.cli.terminal;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.function.Consumer;

/// Shows the text of a model as it comes.
///
/// @param toTerminal whether a terminal would obey control characters in it
public record WrittenText(PrintWriter out, boolean toTerminal) implements Consumer<String> {
  private static final int LONGEST_NAME = 100;

  /// On standard output, whatever that is.
  public static WrittenText to(PrintWriter out) {
    return new WrittenText(out, isAtTerminal());
  }

  /// Whether standard input and output are a terminal.
  public static boolean isAtTerminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  @Override
  public void accept(String text) {
    out.print(toTerminal ? printable(text) : text);
    if (out.checkError()) {
      throw new OutputClosed();
    }
  }

  /// A model may write what would move the cursor or change the terminal's colours.
  public static String printable(String text) {
    var printable = new StringBuilder(text);
    for (int i = 0; i < printable.length(); i++) {
      char c = printable.charAt(i);
      if (Character.isISOControl(c) && c != '\n' && c != '\t') {
        printable.setCharAt(i, '\u00b7');
      }
    }
    return printable.toString();
  }

  /// A name that a file has for something, on one line of at most a hundred letters: without
  /// anything that would move the cursor, turn the direction of the text or hide some of it.
  public static String name(String text) {
    int letters = text.codePointCount(0, text.length());
    return letters > LONGEST_NAME
        ? line(text.substring(0, text.offsetByCodePoints(0, LONGEST_NAME))) + "..."
        : line(text);
  }

  /// The same however long it is, for what is to be typed again.
  public static String line(String text) {
    var line = new StringBuilder();
    text.codePoints().forEach(letter -> line.appendCodePoint(isShown(letter) ? letter : '\u00b7'));
    return line.toString();
  }

  private static boolean isShown(int letter) {
    return switch (Character.getType(letter)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
