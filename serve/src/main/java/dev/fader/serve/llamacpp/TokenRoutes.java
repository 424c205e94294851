package dev.fader.serve.llamacpp;

import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Conversation;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ServedModels;
import dev.fader.template.Rendering;
import dev.fader.tokenizer.SpecialTokens;
import dev.fader.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneId;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Texts and tokens.
final class TokenRoutes {
  private static final int LONGEST = 1 << 18;
  private static final int MOST_TOKENS = 1 << 20;
  private static final int PIECE = 8; // numbers that an id takes up with its text
  private static final int COPIES = 6; // of a text until it is sent, as bytes

  private final ServedModels models;

  TokenRoutes(ServedModels models) {
    this.models = models;
  }

  void tokenize(Exchange exchange) throws InterruptedException {
    var body = BodyFields.of(exchange.body());
    try (var lease = models.lease(body.text("model"))) {
      var tokenizer = lease.tokenizer();
      boolean special = body.flag("parse_special", true);
      var text = body.text("content").orElse("");
      if (text.length() > LONGEST) {
        throw body.refused(
            "content",
            "it has %d characters, and may have at most %d: send less at a time"
                .formatted(text.length(), LONGEST));
      }
      int[] ids =
          text.isEmpty()
              ? new int[0]
              : tokenizer.encode(text, special ? SpecialTokens.AS_TOKENS : SpecialTokens.AS_TEXT);
      if (body.flag("add_special", false)) {
        ids = tokenizer.withSpecialTokens(ids);
      }
      boolean pieces = body.flag("with_pieces", false);
      exchange.reserve(JsonText.BYTES_OF_NUMBER * ids.length * (pieces ? PIECE : 1));
      var answer = JsonText.object();
      var tokens = answer.putArray("tokens");
      for (int id : ids) {
        if (pieces) {
          var token = tokens.addObject().put("id", id);
          token.set("piece", piece(tokenizer.bytes(id)));
        } else {
          tokens.add(id);
        }
      }
      exchange.send(answer);
    }
  }

  /// A text, or the bytes where they are none.
  private static JsonNode piece(byte[] bytes) {
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return JsonNodeFactory.instance.stringNode(text.toString());
    } catch (CharacterCodingException part) {
      return Bytes.list(bytes);
    }
  }

  void detokenize(Exchange exchange) throws InterruptedException {
    var body = BodyFields.of(exchange.body());
    try (var lease = models.lease(body.text("model"))) {
      var tokenizer = lease.tokenizer();
      var list = body.list("tokens", MOST_TOKENS);
      var ids = new int[list.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = Prompts.token(list.get(i), "tokens[%d]".formatted(i), tokenizer);
      }
      long bytes = 0;
      for (int id : ids) {
        bytes += tokenizer.bytes(id).length;
      }
      exchange.reserve(COPIES * bytes);
      exchange.send(JsonText.object().put("content", text(ids, tokenizer)));
    }
  }

  /// All of it, spaces at the beginning, too.
  static String text(int[] ids, Tokenizer tokenizer) {
    var all = new ByteArrayOutputStream();
    for (int id : ids) {
      all.writeBytes(tokenizer.bytes(id));
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  void applyTemplate(Exchange exchange) throws InterruptedException {
    var body = BodyFields.of(exchange.body());
    try (var lease = models.lease(body.text("model"))) {
      lease.requireChat("continue texts by /completion");
      var template = lease.serving().template().orElseThrow();
      body.required("messages", "a list of messages");
      var json = body.json();
      if (json.path("tools").isEmpty() && json instanceof ObjectNode object) {
        object.remove("tools"); // an empty list is none
      }
      var conversation =
          Conversation.of(json).withGenerationPrompt(body.flag("add_generation_prompt", true));
      var rendering = template.render(conversation, LocalDateTime.now(ZoneId.systemDefault()));
      var answer = JsonText.object().put("prompt", rendering.text());
      if (body.flag("with_tokens", false)) {
        // Those of the text read again might be others: what users wrote could become special.
        var tokens = answer.putArray("tokens");
        var whole = new Rendering.Span(0, rendering.text().length());
        int[] ids = ChatTemplate.tokens(rendering, whole, lease.tokenizer());
        exchange.reserve(JsonText.BYTES_OF_NUMBER * ids.length);
        for (int id : ids) {
          tokens.add(id);
        }
      }
      exchange.send(answer);
    }
  }
}
