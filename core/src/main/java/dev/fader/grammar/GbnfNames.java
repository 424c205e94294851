package dev.fader.grammar;

/// Puts grammars together.
public final class GbnfNames {
  private GbnfNames() {}

  /// A grammar with `prefix` before the names of all its rules, so that they differ from those of
  /// others.
  ///
  /// @param gbnf a grammar that [Grammar#parse] takes
  /// @param prefix letters, digits, '-' and '_'
  public static String prefixed(String gbnf, String prefix) {
    var text = new StringBuilder(gbnf.length() * 5 / 4);
    int at = 0;
    while (at < gbnf.length()) {
      char c = gbnf.charAt(at);
      int end =
          switch (c) {
            case '"' -> closing(gbnf, at, '"');
            case '[' -> closing(gbnf, at, ']');
            case '{' -> gbnf.indexOf('}', at) + 1;
            case '<' -> gbnf.indexOf('>', at) + 1;
            case '#' -> lineEnd(gbnf, at);
            default -> GbnfParser.isNamePart(c) ? nameEnd(gbnf, at) : at + 1;
          };
      if (GbnfParser.isNamePart(c)) {
        text.append(prefix);
      }
      end = end <= at ? gbnf.length() : end; // not closed, which the parser says
      text.append(gbnf, at, end);
      at = end;
    }
    return text.toString();
  }

  private static int closing(String gbnf, int start, char close) {
    int at = start + 1;
    while (at < gbnf.length() && gbnf.charAt(at) != close) {
      at += gbnf.charAt(at) == '\\' ? 2 : 1;
    }
    return Math.min(at + 1, gbnf.length());
  }

  private static int lineEnd(String gbnf, int start) {
    int at = start;
    while (at < gbnf.length() && gbnf.charAt(at) != '\n' && gbnf.charAt(at) != '\r') {
      at++;
    }
    return at;
  }

  private static int nameEnd(String gbnf, int start) {
    int at = start;
    while (at < gbnf.length() && GbnfParser.isNamePart(gbnf.charAt(at))) {
      at++;
    }
    return at;
  }
}
