package dev.fader.template.runtime;

import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.Text;
import dev.fader.template.value.TextBuilder;
import java.nio.charset.StandardCharsets;

/// Escapes for HTML and URLs.
final class Escaping {
  private static final String UNRESERVED = "_.-~/";

  private Escaping() {}

  /// Escapes the five special characters of HTML, unless the text is safe already.
  static Text html(Text text, RenderingBudget budget) {
    return text.isSafe() ? text : forced(text, budget);
  }

  static Text forced(Text text, RenderingBudget budget) {
    var builder = new TextBuilder(budget);
    var characters = text.characters();
    int from = 0;
    for (int at = 0; at < characters.length(); at++) {
      var escaped =
          switch (characters.charAt(at)) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '"' -> "&#34;";
            case '\'' -> "&#39;";
            default -> "";
          };
      if (!escaped.isEmpty()) {
        builder.append(text, from, at).append(escaped, text.originAt(at));
        from = at + 1;
      }
    }
    return builder.append(text, from, characters.length()).text().withSafe(true);
  }

  /// URL-encodes the text.
  ///
  /// @param query whether spaces become `+` and slashes are escaped
  static Text address(Text text, boolean query, RenderingBudget budget) {
    var builder = new StringBuilder();
    for (byte unit : text.characters().getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (unit & 0xff);
      boolean plain = c < 128 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0);
      if (query && c == ' ') {
        builder.append('+');
      } else if (plain && !(query && c == '/')) {
        builder.append(c);
      } else {
        builder.append("%%%02X".formatted((int) c));
      }
    }
    budget.characters(builder.length());
    return text.changed(builder.toString());
  }
}
