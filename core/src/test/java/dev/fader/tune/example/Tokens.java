package dev.fader.tune.example;

import dev.fader.generate.ChatTemplate;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Tokenizers and templates to encode examples with.
final class Tokens {
  static final String CHAT_ML =
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

  private Tokens() {}

  /// Bytes, `<|endoftext|>` as 256, `<|im_start|>` as 257 and `<|im_end|>` as 258.
  static Tokenizer bytes(Path folder) throws IOException {
    Tokenizer.bytes().save(folder);
    var file = folder.resolve("tokenizer.json");
    var mapper = JsonMapper.shared();
    var json = mapper.readTree(Files.readAllBytes(file));
    var added = (ArrayNode) json.get("added_tokens");
    for (var name : List.of("<|im_start|>", "<|im_end|>")) {
      var token = (ObjectNode) added.get(0).deepCopy();
      token.put("id", 256 + added.size());
      token.put("content", name);
      added.add(token);
    }
    Files.writeString(file, mapper.writeValueAsString(json));
    return Tokenizer.load(folder);
  }

  static ChatTemplate template(Path folder, String jinja) throws IOException {
    var file = folder.resolve("chat_template.jinja");
    Files.writeString(file, jinja);
    return ChatTemplate.read(file);
  }
}
