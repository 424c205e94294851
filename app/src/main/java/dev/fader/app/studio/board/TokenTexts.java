package dev.fader.app.studio.board;

import dev.fader.serve.model.ModelLease;
import dev.fader.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Tokens as the text that they write.
record TokenTexts(Optional<Tokenizer> tokenizer) {
  static TokenTexts of(ModelLease lease) {
    return new TokenTexts(lease.tokenizerIfAny());
  }

  /// The letters of a token; as the tokenizer spells it if it has only part of one, or none; empty
  /// if there is no tokenizer.
  String piece(int id) {
    return tokenizer.filter(own -> id < own.vocabularySize()).map(own -> piece(own, id)).orElse("");
  }

  private static String piece(Tokenizer own, int id) {
    var bytes = own.bytes(id);
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.isEmpty() ? own.piece(id) : text;
    } catch (CharacterCodingException part) {
      return own.piece(id);
    }
  }

  /// How many bytes of text tokens write.
  long bytes(int... ids) {
    long bytes = 0;
    for (int id : ids) {
      bytes += tokenizer.map(own -> own.bytes(id).length).orElse(0);
    }
    return bytes;
  }

  /// Adds a token.
  ObjectNode addTo(ArrayNode list, int id) {
    return list.addObject().put("id", id).put("piece", piece(id));
  }
}
