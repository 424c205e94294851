package dev.fader.app.view;

import dev.fader.inspect.trace.TokenMeasure;
import dev.fader.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tokens as programs read them.
public record TokenPieces(Optional<Tokenizer> tokenizer) {
  /// As the tokenizer spells it; empty if there is none.
  public String piece(int id) {
    return tokenizer.filter(own -> id < own.vocabularySize()).map(own -> own.piece(id)).orElse("");
  }

  /// The letters that it writes; as the tokenizer spells it if it has only part of one, or none;
  /// empty if there is no tokenizer.
  public String text(int id) {
    return tokenizer.filter(own -> id < own.vocabularySize()).map(own -> text(own, id)).orElse("");
  }

  private static String text(Tokenizer own, int id) {
    var bytes = own.bytes(id);
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.isEmpty() ? own.piece(id) : text;
    } catch (CharacterCodingException part) {
      return own.piece(id);
    }
  }

  /// A token: as the tokenizer spells it, and the text that it writes.
  public Map<String, Object> object(int id) {
    return Json.object("id", id, "piece", piece(id), "text", text(id));
  }

  /// A text.
  public List<Map<String, Object>> objects(int... ids) {
    var all = new ArrayList<Map<String, Object>>();
    for (int id : ids) {
      all.add(object(id));
    }
    return all;
  }

  /// What is asked.
  public Map<String, Object> object(TokenMeasure asked) {
    var object = Json.object("token", object(asked.token()));
    asked.against().ifPresent(other -> object.put("against", object(other)));
    return object;
  }
}
