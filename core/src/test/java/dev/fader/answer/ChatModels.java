package dev.fader.answer;

import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Conversation;
import dev.fader.generate.PlainValues;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/// Chat templates and tokenizers without a model.
final class ChatModels {
  /// A template of the family of Hermes, with thoughts.
  static final String HERMES =
      """
      {%- if tools %}{{ 'Tools: ' ~ tools|tojson ~ ' <tool_call></tool_call>\\n' }}{% endif %}
      {%- for message in messages %}
      {{- '<|' ~ message.role ~ '|>' ~ message.content }}
      {%- for call in message.tool_calls or [] %}
      {{- '<tool_call>\\n{"name": "' ~ call.function.name ~ '", "arguments": ' }}
      {{- call.function.arguments if call.function.arguments is string else call.function.arguments|tojson }}
      {{- '}\\n</tool_call>' }}
      {%- endfor %}
      {{- '<|end|>\\n' }}
      {%- endfor %}
      {%- if add_generation_prompt %}{{ '<|assistant|>' }}
      {%- if enable_thinking is defined and enable_thinking %}{{ '<think>\\n' }}{% endif %}
      {%- endif %}{# </think> #}
      """;

  private ChatModels() {}

  /// A template in a file of its own.
  static ChatTemplate template(String text, Path folder) throws IOException {
    var file = folder.resolve("template.jinja");
    Files.writeString(file, text);
    return ChatTemplate.read(file);
  }

  /// The tokenizer of bytes, and one token for each of these texts, from id 257 on. Such as `<a>`
  /// are no special ones.
  static Tokenizer tokenizer(Path folder, String... added) throws IOException {
    Tokenizer.bytes().save(folder);
    var file = folder.resolve("tokenizer.json");
    var json = JsonMapper.shared().readTree(Files.readString(file));
    var tokens = (ArrayNode) json.get("added_tokens");
    for (int i = 0; i < added.length; i++) {
      var token = tokens.addObject();
      token
          .put("id", 257 + i)
          .put("content", added[i])
          .put("special", !added[i].matches("</?[a-z_]+>"));
      for (var name : List.of("single_word", "lstrip", "rstrip", "normalized")) {
        token.put(name, false);
      }
    }
    Files.writeString(file, json.toString());
    return Tokenizer.load(folder);
  }

  /// Tools of these names, each with one required parameter `city`, a string.
  static List<Object> tools(String... names) {
    return java.util.Arrays.stream(names)
        .map(name ->
            PlainValues.literal(
                """
                {"type": "function", "function": {"name": "%s", "parameters": {"type": "object",
                 "properties": {"city": {"type": "string"}}, "required": ["city"]}}}
                """
                    .formatted(name)))
        .toList();
  }

  /// The question of a user.
  static Conversation question(String text) {
    return Conversation.empty().with("user", text);
  }

  /// Messages as JSON, with `'` in place of `"`.
  static Conversation conversation(String messages) {
    return Conversation.of(JsonMapper.shared().readTree(messages.replace('\'', '"')));
  }
}
