package dev.fader.tune.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.data.DataException;
import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Conversation;
import dev.fader.template.Rendering.Span;
import dev.fader.template.TemplateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AnswerSpansTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);

  private static final Map<String, Object> SYSTEM =
      Map.of("role", "system", "content", "You are terse.");
  private static final Map<String, Object> HELLO = Map.of("role", "user", "content", "Hi");
  private static final Map<String, Object> ANSWER =
      Map.of("role", "assistant", "content", "Hello! <b>How</b> [are] you?");
  private static final Map<String, Object> MORE = Map.of("role", "user", "content", "a <b\n");
  private static final Map<String, Object> LAST = Map.of("role", "assistant", "content", "ok");
  private static final Map<String, Object> THOUGHT =
      Map.of("role", "assistant", "content", "4", "reasoning_content", "2+2", "thinking", "2+2");
  private static final Map<String, Object> CALL =
      Map.of(
          "role",
          "assistant",
          "content",
          "",
          "tool_calls",
          List.of(
              Map.of(
                  "id",
                  "abcdefghi",
                  "type",
                  "function",
                  "function",
                  Map.of("name", "weather", "arguments", Map.of("city", "Rome")))));
  private static final Map<String, Object> RESULT =
      Map.of("role", "tool", "content", "sunny", "tool_call_id", "abcdefghi", "name", "weather");
  private static final List<Object> TOOLS =
      List.of(
          Map.of(
              "type",
              "function",
              "function",
              Map.of(
                  "name",
                  "weather",
                  "description",
                  "Weather of a city",
                  "parameters",
                  Map.of(
                      "type",
                      "object",
                      "properties",
                      Map.of("city", Map.of("type", "string", "description", "The city")),
                      "required",
                      List.of("city")))));

  @TempDir private Path folder;

  private ChatTemplate template(String jinja) throws IOException {
    Files.writeString(folder.resolve("chat_template.jinja"), jinja);
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\", \"unk_token\": \"<unk>\", \"pad_token\": \"<pad>\"}");
    return ChatTemplate.of(folder).orElseThrow();
  }

  /// What is learned of each message of the assistant.
  private static List<String> learned(ChatTemplate template, Conversation conversation) {
    var rendering = template.render(conversation, NOW);
    var answers = new Example.Chat(conversation, 0).answers();
    var probe = new AnswerSpans.Probe(template, conversation, NOW, Set.of("</>"));
    return AnswerSpans.of(rendering, answers, probe).stream()
        .map(span -> rendering.text().substring(span.from(), span.to()))
        .toList();
  }

  @SafeVarargs
  private static Conversation chat(Map<String, Object>... messages) {
    var all = new ArrayList<Map<String, Object>>();
    for (var message : messages) {
      all.add(message);
    }
    return new Conversation(all, Optional.empty(), false);
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

  /// Real templates, which stay outside the repository. What is found by the engine's marks agrees
  /// with what rendering the conversation up to each answer tells, where that is the beginning of
  /// the whole.
  @Test
  void realTemplatesAgreeWithRenderingPrefixes() throws IOException {
    var conversations =
        List.of(
            chat(HELLO, ANSWER),
            chat(HELLO, ANSWER, MORE, LAST),
            chat(SYSTEM, HELLO, ANSWER, MORE, THOUGHT),
            chat(HELLO, THOUGHT, MORE, LAST),
            chat(HELLO, CALL, RESULT, ANSWER, MORE, LAST).withTools(TOOLS));
    try (var files = Files.newDirectoryStream(golden(), "*.jinja")) {
      for (var file : files) {
        var name = file.getFileName().toString();
        var template = template(Files.readString(file));
        int agreed = 0;
        for (var conversation : conversations) {
          try {
            agreed += agreed(name, template, conversation);
          } catch (TemplateException refused) {
            // Gemma takes no system prompt, Hermes needs tools.
          }
        }
        assertTrue(agreed >= 2, name + ": " + agreed);
      }
    }
  }

  /// Compares the answers, and returns for how many that was possible.
  private static int agreed(String name, ChatTemplate template, Conversation conversation) {
    var rendering = template.render(conversation, NOW);
    var probe = new AnswerSpans.Probe(template, conversation, NOW, Set.of("</>"));
    int agreed = 0;
    for (int answer : new Example.Chat(conversation, 0).answers()) {
      var found = AnswerSpans.of(rendering, List.of(answer), probe);
      var before = rendered(template, conversation, answer, true);
      var after = rendered(template, conversation, answer + 1, false);
      if (name.startsWith("microsoft-Phi")) { // ends every text, answer or not, with </s>
        after = after.substring(0, after.length() - "</s>".length());
      }
      after = after.stripTrailing();
      if (rendering.text().startsWith(before) && rendering.text().startsWith(after)) {
        assertEquals(
            List.of(new Span(before.length(), after.length())), found, name + " " + conversation);
        agreed++;
      }
    }
    return agreed;
  }

  private static String rendered(
      ChatTemplate template, Conversation conversation, int messages, boolean prompt) {
    var first =
        new Conversation(
            conversation.messages().subList(0, messages), conversation.tools(), prompt);
    return template.render(first, NOW).text();
  }

  /// The tokens that are learned are those of the parts, byte by byte.
  @Test
  void tokensOfRealTemplatesAreThoseOfTheirParts() throws IOException {
    var tokenizer = Tokens.bytes(folder);
    var conversations =
        List.of(
            chat(HELLO, ANSWER, MORE, LAST), chat(HELLO, CALL, RESULT, ANSWER).withTools(TOOLS));
    int encoded = 0;
    try (var files = Files.newDirectoryStream(golden(), "*.jinja")) {
      for (var file : files) {
        var template = template(Files.readString(file));
        var encoder =
            new ExampleEncoder(
                new ExampleEncoder.Settings(
                    tokenizer.vocabularySize(),
                    Optional.of(tokenizer),
                    Optional.of(template),
                    Optional.empty(),
                    NOW));
        for (var conversation : conversations) {
          try {
            var example =
                encoder.sequence(
                    new SourcedExample(new Example.Chat(conversation, 0), new Place("a.jsonl", 1)));
            var runs = TextRun.of(example, tokenizer).stream().filter(TextRun::learned);
            assertEquals(
                learned(template, conversation),
                runs.map(TextRun::text).toList(),
                () -> file.getFileName() + " " + conversation);
            encoded++;
          } catch (DataException refused) {
            // Some take no tools, Hermes takes nothing else.
          }
        }
      }
    }
    assertTrue(encoded >= 14, "encoded " + encoded);
  }

  @Test
  void thoughtsAndCallsOfRealTemplatesAreLearned() throws IOException {
    var hello = "Hello! <b>How</b> [are] you?";
    var qwen = template(Files.readString(golden().resolve("Qwen-Qwen3-0.6B.jinja")));
    assertEquals(
        List.of(hello + "<|im_end|>", "<think>\n2+2\n</think>\n\n4<|im_end|>"),
        learned(qwen, chat(SYSTEM, HELLO, ANSWER, MORE, THOUGHT)));
    // Thoughts of earlier turns are cut by the template.
    assertEquals(
        List.of("4<|im_end|>", "<think>\n\n</think>\n\nok<|im_end|>"),
        learned(qwen, chat(HELLO, THOUGHT, MORE, LAST)));
    // With a prompt that closes the thought, it is not learned.
    assertEquals(
        List.of("4<|im_end|>", "ok<|im_end|>"),
        learned(qwen.with(Map.of("enable_thinking", "false")), chat(HELLO, THOUGHT, MORE, LAST)));
    assertEquals(
        List.of("<think>\n2+2\n</think>\n\n4<|im_end|>"),
        learned(qwen.with(Map.of("enable_thinking", "false")), chat(HELLO, THOUGHT)));
    assertEquals(
        List.of(
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call><|im_end|>",
            "<think>\n\n</think>\n\n" + hello + "<|im_end|>"),
        learned(qwen, chat(HELLO, CALL, RESULT, ANSWER).withTools(TOOLS)));
    var oss = template(Files.readString(golden().resolve("openai-gpt-oss-120b.jinja")));
    assertEquals(
        List.of(
            "<|channel|>final<|message|>" + hello + "<|end|>",
            "<|channel|>analysis<|message|>2+2<|end|><|start|>assistant<|channel|>final<|message|>4<|return|>"),
        learned(oss, chat(HELLO, ANSWER, MORE, THOUGHT)));
    assertEquals(
        List.of(
            " to=functions.weather<|channel|>commentary json<|message|>{\"city\": \"Rome\"}<|call|>",
            "<|channel|>final<|message|>" + hello + "<|return|>"),
        learned(oss, chat(HELLO, CALL, RESULT, ANSWER).withTools(TOOLS)));
  }

  /// The shapes that templates have. In the templates, `M` stands for the loop over messages, `E`
  /// for its end, and `P` for the test whether a prompt is asked for.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ChatML              | `M{{ '<im>' + m.role + '\n' + m.content + '</im>\n' }}EP{{ '<im>assistant\n' }}{% endif %}` | `A</im>;B</im>`
          prompt in the loop  | `M{{ '<' + m.role + '>' + m.content + '</>\n' }}{% if loop.last and add_generation_prompt %}<assistant>{% endif %}E` | `A</>;B</>`
          no prompt           | `M{% if m.role == 'user' %}[I] {{ m.content }} [/I]{% else %} {{ m.content }}</s>{% endif %}E` | ` A</s>; B</s>`
          prompt not asked    | `M{{ '<im>' + m.role + '\n' + m.content + '</im>\n' }}E` | `<im>assistant\nA</im>;<im>assistant\nB</im>`
          words               | `M{% if m.role == 'user' %}USER: {{ m.content }} {% else %}ASSISTANT: {{ m.content }}</s>{% endif %}EP{{ 'ASSISTANT:' }}{% endif %}` | ` A</s>; B</s>`
          thinking prompt     | `M{{ '<' + m.role + '>' + m.content + '</>' }}EP{{ '<assistant><think>\n' }}{% endif %}` | `A</>;B</>`
          else at the end     | `M{{ '<' + m.role + '>' + m.content + '</>' }}EP<assistant>{% else %}<eos>{% endif %}` | `A</>;B</>`
          macro               | `{% macro turn(m) %}{{ '<' + m.role + '>' }}{{ m.content | trim }}{{ '</>\n' }}{% endmacro %}M{{ turn(m) }}EP<assistant>{% endif %}` | `A</>;B</>`
          generation block    | `M{% if m.role == 'user' %}<u>{{ m.content }}{% else %}<a>{% generation %}{{ m.content }}</>\n{% endgeneration %}{% endif %}E` | `A</>\n;B</>\n`
          no loop             | `{% for i in range(messages|length) %}{% if i % 2 %}<a>{{ messages[i].content }}</>{% else %}<u>{{ messages[i].content }}</>{% endif %}EP<a>{% endif %}` | `A;B`
          new objects         | `{% for c in messages | map(attribute='content') %}<{{ c }}>EP<{% endif %}` | `A;B`
          prompt always       | `M{{ '<' + m.role + '>' + m.content + '</>' }}E<assistant>` | `A</>;B</>`
          next turn ends it   | `M{% if not loop.first %}</>{% endif %}{{ '<' + m.role + '>' + m.content }}EP</><assistant>{% endif %}` | `A;B`
          """)
  void shapesOfTemplates(String name, String jinja, String expected) throws IOException {
    var template =
        template(
            jinja
                .replace("M{", "{% for m in messages %}{")
                .replace("EP", "{% endfor %}{% if add_generation_prompt %}")
                .replaceAll("E(<assistant>)?$", "{% endfor %}$1")
                .replace("\\n", "\n"));
    var conversation =
        chat(
            HELLO,
            Map.of("role", "assistant", "content", "A"),
            MORE,
            Map.of("role", "assistant", "content", "B"));
    assertEquals(
        List.of(expected.replace("\\n", "\n").split(";")), learned(template, conversation), name);
  }

  /// A template that writes results of tools with the call, or with the answer to them.
  @Test
  void resultsOfToolsAreNotLearned() throws IOException {
    var withCall =
        template(
            "{% for m in messages if m.role != 'tool' %}<{{ m.role }}>{% if m.tool_calls %}[{{ m.tool_calls[0].function.name }}]</><tool>{{ messages[2].content }}</>{% else %}{{ m.content }}</>{% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
    assertEquals(
        List.of("[weather]</>", "ok</>"), learned(withCall, chat(HELLO, CALL, RESULT, LAST)));
    var inLoop =
        template(
            "{% for m in messages if m.role != 'tool' %}<{{ m.role }}>{{ m.content }}{% for c in m.tool_calls %}[{{ c.function.name }}]{% endfor %}</>{% if m.tool_calls %}<tool>{% for t in messages if t.role == 'tool' %}({{ t.content }}){% endfor %}</>{% endif %}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
    assertEquals(
        List.of("[weather]</>", "ok</>"), learned(inLoop, chat(HELLO, CALL, RESULT, LAST)));
    var withAnswer =
        template(
            "{% for m in messages if m.role != 'tool' %}<{{ m.role }}>{% if loop.last and messages|length > 3 %}<tool>{{ messages[2].content }}</>{% endif %}{{ m.content }}{% if m.tool_calls %}{{ m.tool_calls[0].function.name }}{% endif %}</>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
    assertEquals(
        List.of("weather</>", "</>ok</>"), learned(withAnswer, chat(HELLO, CALL, RESULT, LAST)));
  }

  @Test
  void answersFirstAndInARow() throws IOException {
    var template =
        template(
            "{% for m in messages %}{{ '<' + m.role + '>' + m.content + '</>' }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
    assertEquals(
        List.of("ok</>", "4</>", "ok</>"), learned(template, chat(LAST, HELLO, THOUGHT, LAST)));
    // Emptied answers end their turn.
    assertEquals(
        List.of("</>"), learned(template, chat(HELLO, Map.of("role", "assistant", "content", ""))));
    // White space of the message is part of it.
    assertEquals(
        List.of("a \n</>"),
        learned(template, chat(HELLO, Map.of("role", "assistant", "content", "a \n"))));
  }
}
