package dev.fader.app.view;

import dev.fader.inspect.trace.TokenMeasure;
import dev.fader.tokenizer.Tokenizer;
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

  /// A token.
  public Map<String, Object> object(int id) {
    return Json.object("id", id, "piece", piece(id));
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
