package dev.fader.template;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// Templates altered at random end in a text or in the one error that templates have. Longer by
/// hand: `-Dfader.fuzz=1000000 -Dfader.seed=7`.
final class TemplateFuzzTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);
  private static final Limits SMALL = new Limits(200, 50_000, 1_000_000);
  private static final String[] PIECES = {
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "-",
    "+",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    ".",
    ",",
    ":",
    "::",
    "**",
    "*",
    "//",
    "%",
    "~",
    "'",
    "\"",
    "\\",
    "\n",
    " ",
    "not ",
    " in ",
    " is ",
    " if ",
    " else ",
    "none",
    "loop",
    "x",
    "xs",
    "d",
    "9999999999",
    "1e308",
    "-1",
    "0",
    "''",
    "[]",
    "{}",
    "{% for x in xs %}",
    "{% endfor %}",
    "{% if x %}",
    "{% endif %}",
    "{% set x = d %}",
    "{% macro m(a) %}",
    "{% endmacro %}",
    "{{ m(x) }}",
    "|tojson",
    "|list",
    "|join",
    "|sort",
    "|first",
    "|length",
    "|int",
    "|map('upper')",
    ".items()",
    ".split(' ')",
    "[::-1]",
    "\ud83d",
    "\u00df",
    "{% raw %}",
    "{% endraw %}",
    "range(",
    "namespace(",
    "dict(",
    "|format(",
    " % "
  };

  @Test
  void renderAlteredTemplatesIsSafe() throws IOException {
    long seed = Long.getLong("fader.seed", 20261125);
    int count = Integer.getInteger("fader.fuzz", 20_000);
    var random = new SplittableRandom(seed);
    var sources = new ArrayList<String>();
    Map<String, Object> variables;
    try (var stream = TemplateFuzzTest.class.getResourceAsStream("/templates/cases.json")) {
      var json = JsonMapper.shared().readTree(stream);
      variables = PlainJson.untrusted(PlainJson.variables(json.get("variables")));
      json.get("cases").forEach(each -> sources.add(each.get("template").stringValue()));
    }
    int rendered = 0;
    for (int i = 0; i < count; i++) {
      var source = altered(sources, random);
      try {
        Template.parse("fuzz", source).render(variables, NOW, SMALL);
        rendered++;
      } catch (TemplateException expected) {
        assertTrue(expected.getMessage().startsWith("fuzz, line "), expected.getMessage());
      } catch (RuntimeException | StackOverflowError crash) {
        throw new AssertionError("seed " + seed + ", case " + i + ": " + source, crash);
      }
    }
    assertTrue(rendered > count / 10, "seed " + seed + ": only " + rendered + " rendered");
  }

  private static String altered(List<String> sources, SplittableRandom random) {
    var text = new StringBuilder(sources.get(random.nextInt(sources.size())));
    if (random.nextInt(3) == 0) {
      text.append(sources.get(random.nextInt(sources.size())));
    }
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(text.length() + 1);
      switch (random.nextInt(4)) {
        case 0 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
        case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(4)));
        case 2 -> {
          int end = Math.min(text.length(), at + random.nextInt(20));
          text.insert(random.nextInt(text.length() + 1), text.substring(at, end));
        }
        default ->
            text.replace(at, Math.min(text.length(), at + 1), "" + (char) random.nextInt(128));
      }
    }
    return text.toString();
  }
}
