package dev.fader.template.syntax;

import java.util.ArrayList;
import java.util.List;

/// Splits a source into text and tags, and removes white space around tags as Jinja does with
/// `trim_blocks` and `lstrip_blocks`: the newline after a block or comment, and the indentation
/// before one at the start of a line. `-` removes all white space, `+` keeps it.
final class Lexer {
  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private boolean lineStarts = true; // for text without a newline before its tag

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String source) {
    var lexer = new Lexer(withPlainLineEnds(source));
    lexer.run();
    return List.copyOf(lexer.tokens);
  }

  /// Normalizes newlines to `\n` and drops a final one.
  private static String withPlainLineEnds(String source) {
    var plain = source.replace("\r\n", "\n").replace('\r', '\n');
    return plain.endsWith("\n") ? plain.substring(0, plain.length() - 1) : plain;
  }

  private void run() {
    while (at < source.length()) {
      int tag = nextTag(at);
      if (tag < 0) {
        data(source.substring(at));
        break;
      }
      boolean output = source.charAt(tag + 1) == '{';
      int after = tag + 2;
      char sign = sign(after);
      if (sign != 0) {
        after++;
      }
      var before = source.substring(at, tag);
      data(before, stripped(before, sign, output));
      at = after;
      lineStarts = false;
      switch (source.charAt(tag + 1)) {
        case '#' -> comment();
        case '{' -> tag(TokenKind.OUTPUT_BEGIN, TokenKind.OUTPUT_END);
        default -> block();
      }
    }
    tokens.add(new Token(TokenKind.END, "", line));
  }

  private int nextTag(int from) {
    for (int i = source.indexOf('{', from);
        i >= 0 && i + 1 < source.length();
        i = source.indexOf('{', i + 1)) {
      char kind = source.charAt(i + 1);
      if (kind == '{' || kind == '%' || kind == '#') {
        return i;
      }
    }
    return -1;
  }

  private char sign(int place) {
    char sign = place < source.length() ? source.charAt(place) : 0;
    return sign == '-' || sign == '+' ? sign : 0;
  }

  /// The text before a tag, without the white space that the tag removes.
  private String stripped(String text, char sign, boolean output) {
    if (sign == '-') {
      return Characters.stripEnd(text);
    }
    if (sign == '+' || output) {
      return text;
    }
    int start = text.lastIndexOf('\n') + 1;
    boolean first = start > 0 || lineStarts;
    return first && Characters.isBlank(text, start, text.length())
        ? text.substring(0, start)
        : text;
  }

  private void data(String text) {
    data(text, text);
  }

  private void data(String whole, String kept) {
    if (!kept.isEmpty()) {
      tokens.add(new Token(TokenKind.DATA, kept, line));
    }
    count(whole);
  }

  private void count(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\n') {
        line++;
      }
    }
  }

  /// Advances to `place`, and on past white space after `-`, or past one newline.
  private void end(int place, boolean minus, boolean trims) {
    int to = place;
    if (minus) {
      to = Characters.skipBlank(source, to);
    } else if (trims && to < source.length() && source.charAt(to) == '\n') {
      to++;
    }
    count(source.substring(at, to));
    at = to;
    lineStarts = source.charAt(to - 1) == '\n';
  }

  private void comment() {
    if (at == source.length()) {
      return;
    }
    int close = source.indexOf("#}", at);
    if (close < 0) {
      throw new TemplateSyntaxException("a comment '{#' has no '#}': close it", line);
    }
    char before = close > at ? source.charAt(close - 1) : 0;
    end(close + 2, before == '-', before != '+');
  }

  private void block() {
    int raw = rawBegin(at);
    if (raw < 0) {
      tag(TokenKind.BLOCK_BEGIN, TokenKind.BLOCK_END);
    } else {
      count(source.substring(at, raw));
      at = raw;
      lineStarts = source.charAt(raw - 1) == '\n';
      raw();
    }
  }

  /// The position after `raw %}`, or -1 if something else is here.
  private int rawBegin(int from) {
    int name = Characters.skipBlank(source, from);
    if (!source.startsWith("raw", name)) {
      return -1;
    }
    int close = Characters.skipBlank(source, name + 3);
    if (source.startsWith("-%}", close)) {
      return Characters.skipBlank(source, close + 3);
    }
    return source.startsWith("%}", close) ? close + 2 : -1;
  }

  /// Text up to `{% endraw %}`, whatever it contains.
  private void raw() {
    for (int tag = source.indexOf("{%", at); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
      char sign = sign(tag + 2);
      int name = Characters.skipBlank(source, tag + (sign == 0 ? 2 : 3));
      if (!source.startsWith("endraw", name)) {
        continue;
      }
      int close = Characters.skipBlank(source, name + 6);
      char mark = sign(close);
      if (!source.startsWith("%}", mark == 0 ? close : close + 1)) {
        continue;
      }
      var text = source.substring(at, tag);
      data(text, stripped(text, sign, false));
      at = tag;
      end(close + (mark == 0 ? 2 : 3), mark == '-', mark == 0);
      return;
    }
    throw new TemplateSyntaxException("'{% raw %}' has no '{% endraw %}': close it", line);
  }

  private void tag(TokenKind begin, TokenKind end) {
    tokens.add(new Token(begin, "", line));
    var tag = new TagLexer(source, at, line, end);
    tag.run(tokens);
    at = tag.place();
    line = tag.line();
    boolean isBlock = end == TokenKind.BLOCK_END;
    char before = tag.sign();
    end(at, before == '-', isBlock && before != '+');
  }
}
