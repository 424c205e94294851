package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The templates of real models, which stay outside the repository, tell their families, and take
/// calls and results back.
final class GoldenChatTemplatesTest {
  private static final Map<String, AnswerFamily> FAMILIES =
      Map.of(
          "Qwen-Qwen3-0.6B", AnswerFamily.HERMES,
          "Qwen-Qwen2.5-7B-Instruct", AnswerFamily.HERMES,
          "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", AnswerFamily.HERMES,
          "meta-llama-Llama-3.2-3B-Instruct", AnswerFamily.LLAMA3,
          "mistralai-Mistral-Nemo-Instruct-2407", AnswerFamily.MISTRAL,
          "ibm-granite-granite-3.3-2B-Instruct", AnswerFamily.JSON_LIST,
          "openai-gpt-oss-120b", AnswerFamily.HARMONY,
          "google-gemma-2-2b-it", AnswerFamily.PLAIN);

  private static final String HISTORY =
      """
      [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Rain?'},
       {'role': 'assistant', 'content': null, 'reasoning_content': 'Hm.', 'tool_calls':
         [{'id': 'call_1', 'type': 'function',
           'function': {'name': 'weather', 'arguments': '{\\'city\\': \\'Rome\\'}'}}]},
       {'role': 'tool', 'tool_call_id': 'call_1', 'content': 'A little'}]
      """;

  @TempDir private Path folder;

  @Test
  void callsGoBackThroughTheTemplate() throws IOException {
    int checked = 0;
    try (var files = Files.newDirectoryStream(golden(), "*.jinja")) {
      for (var file : files) {
        var name = file.getFileName().toString().replace(".jinja", "");
        if (FAMILIES.containsKey(name)) {
          check(name, file);
          checked++;
        }
      }
    }
    assertEquals(FAMILIES.size(), checked);
  }

  private void check(String name, Path file) throws IOException {
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\"}");
    var template = ChatModels.template(Files.readString(file), folder);
    var planner = new AnswerPlanner(template, Tokenizer.bytes());
    assertEquals(FAMILIES.get(name), planner.format().family(), name);
    if (planner.format().family() == AnswerFamily.PLAIN) {
      return;
    }
    var asked = ChatModels.conversation(HISTORY).withTools(ChatModels.tools("weather"));
    var text = planner.plan(new AnswerRequest(asked)).text();
    // Mistral's system speaks through the last message only, if that is a user's.
    boolean system = planner.format().family() != AnswerFamily.MISTRAL;
    for (var said : List.of("Rain?", "weather", "\"city\": \"Rome\"", "A little", "Be brief.")) {
      boolean kept = text.contains(said) || (said.equals("Be brief.") && !system);
      assertTrue(kept, () -> name + " leaves out " + said + ": " + text);
    }
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
