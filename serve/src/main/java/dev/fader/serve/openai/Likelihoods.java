package dev.fader.serve.openai;

import dev.fader.generate.TokenLikelihood;
import dev.fader.serve.http.JsonText;
import dev.fader.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// How likely tokens were, as OpenAI's interface tells it.
final class Likelihoods {
  /// OpenAI's word for what has no chance at all.
  private static final double NEVER = -9999;

  private final Tokenizer tokenizer;

  Likelihoods(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /// The tokens of a chat's answer, each with the most probable ones in its place.
  ArrayNode tokens(List<TokenLikelihood> likelihoods) {
    var list = JsonNodeFactory.instance.arrayNode();
    for (var one : likelihoods) {
      var token = token(one.id(), one.logProbability());
      var top = token.putArray("top_logprobs");
      one.top().forEach(other -> top.add(token(other.id(), Math.log(other.probability()))));
      list.add(token);
    }
    return list;
  }

  private ObjectNode token(int id, double logProbability) {
    var bytes = bytes(id);
    var token =
        JsonText.object()
            .put("token", new String(bytes, StandardCharsets.UTF_8))
            .put("logprob", finite(logProbability));
    var list = token.putArray("bytes");
    for (byte one : bytes) {
      list.add(one & 0xff);
    }
    return token;
  }

  static double finite(double logProbability) {
    return Math.max(NEVER, logProbability);
  }

  /// The bytes of a token; models may have ids that their tokenizers have not.
  byte[] bytes(int id) {
    return id < tokenizer.vocabularySize() ? tokenizer.bytes(id) : new byte[0];
  }

  /// The text of a token. One that is no text by itself is told byte by byte, as OpenAI does.
  String text(int id) {
    var bytes = bytes(id);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException part) {
      var text = new StringBuilder("bytes:");
      for (byte one : bytes) {
        text.append("\\x%02x".formatted(one));
      }
      return text.toString();
    }
  }
}
