package dev.fader.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The templates of real models, which stay outside the repository, to the byte.
final class GoldenChatTemplatesTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);

  @Test
  void renderAgreesWithReference() throws IOException {
    int cases = 0;
    try (var files = Files.newDirectoryStream(golden(), "*.jinja")) {
      for (var file : files) {
        var template = Template.parse(file.getFileName().toString(), Files.readString(file));
        var json = file.resolveSibling(file.getFileName().toString().replace(".jinja", ".json"));
        for (var each : JsonMapper.shared().readTree(Files.readAllBytes(json)).get("cases")) {
          check(file.getFileName() + " " + each, template, each);
          cases++;
        }
      }
    }
    assertTrue(cases >= 100, cases + " cases");
  }

  private static void check(String name, Template template, JsonNode each) {
    var variables = variables(each);
    if (!each.has("error")) {
      assertEquals(
          each.get("text").stringValue(),
          template.render(variables, NOW, Limits.DEFAULTS).text(),
          name);
      return;
    }
    var failed =
        assertThrows(
            TemplateException.class, () -> template.render(variables, NOW, Limits.DEFAULTS), name);
    var message = each.get("error").stringValue();
    var text = message.substring(message.indexOf(": ") + 2);
    assertTrue(failed.getMessage().contains(text), () -> name + ": " + failed.getMessage());
  }

  private static Map<String, Object> variables(JsonNode each) {
    var variables = new HashMap<String, Object>();
    variables.put("bos_token", "<s>");
    variables.put("eos_token", "</s>");
    variables.put("unk_token", "<unk>");
    variables.put("pad_token", "<pad>");
    variables.put("messages", new Untrusted(PlainJson.value(each.get("messages"))));
    variables.put("tools", new Untrusted(PlainJson.value(each.get("tools"))));
    variables.put("documents", Template.NONE);
    variables.put("add_generation_prompt", each.get("add_generation_prompt").booleanValue());
    return variables;
  }

  private static Path golden() {
    Path root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.exists(root.resolve("mvnw"))) {
      root = root.getParent();
    }
    Path directory = root.resolveSibling("shared").resolve("golden/chat-templates");
    assumeTrue(Files.isDirectory(directory), () -> "skipped: no golden files at " + directory);
    return directory;
  }
}
