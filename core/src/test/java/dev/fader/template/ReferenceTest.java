package dev.fader.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Hundreds of small templates against what Jinja2 makes of them: `templates/make.py` wrote the
/// cases.
final class ReferenceTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);

  @Test
  void renderAgreesWithJinja() throws IOException {
    var json = cases();
    var variables = PlainJson.variables(json.get("variables"));
    var wrong = new ArrayList<String>();
    for (var each : json.get("cases")) {
      var problem = problem(each, variables);
      if (!problem.isEmpty()) {
        wrong.add(each.get("template") + "\n  " + problem);
      }
    }
    assertTrue(wrong.isEmpty(), () -> wrong.size() + " differ\n" + String.join("\n", wrong));
    assertTrue(json.get("cases").size() > 900, "cases are missing");
  }

  private static String problem(JsonNode each, Map<String, Object> variables) {
    var expected = each.has("error") ? each : each.get("output");
    try {
      var template = Template.parse("case", each.get("template").stringValue());
      var text = template.render(variables, NOW, Limits.DEFAULTS).text();
      return text.equals(expected.isString() ? expected.stringValue() : null)
          ? ""
          : "expected %s\n  rendered %s"
              .formatted(expected, JsonMapper.shared().writeValueAsString(text));
    } catch (RaisedException raised) {
      var message = each.path("message").asString("");
      return each.path("error").asString("").equals("raised") && raised.text().equals(message)
          ? ""
          : "expected %s\n  raised %s".formatted(expected, raised.text());
    } catch (TemplateException failed) {
      var kind = each.path("error").asString("");
      var message = each.path("message").asString("");
      boolean same =
          switch (kind) {
            case "undefined" -> failed.getMessage().contains(message);
            case "failed", "syntax" -> true;
            default -> false;
          };
      return same ? "" : "expected %s\n  failed %s".formatted(expected, failed.getMessage());
    }
  }

  @Test
  void untrustedTextStaysMarked() throws IOException {
    var json = cases();
    var variables = PlainJson.variables(json.get("variables"));
    var untrusted = PlainJson.untrusted(variables);
    for (var each : json.get("cases")) {
      if (each.has("output")) {
        var source = each.get("template").stringValue();
        var rendering = Template.parse("case", source).render(untrusted, NOW, Limits.DEFAULTS);
        assertEquals(each.get("output").stringValue(), rendering.text(), source);
        int end = 0;
        for (var span : rendering.untrusted()) {
          assertTrue(span.from() >= end && span.to() > span.from(), source);
          end = span.to();
        }
        assertTrue(end <= rendering.text().length(), source);
      }
    }
  }

  private static JsonNode cases() throws IOException {
    try (var stream = ReferenceTest.class.getResourceAsStream("/templates/cases.json")) {
      return JsonMapper.shared().readTree(stream);
    }
  }
}
