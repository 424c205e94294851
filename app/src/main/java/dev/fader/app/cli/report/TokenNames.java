package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.Json;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.inspect.trace.TokenMeasure;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tokens as people and programs read them.
public record TokenNames(Optional<Tokenizer> tokenizer) {
  /// As the tokenizer spells it, without what would move the cursor or turn the direction of the
  /// text; its number if there is no tokenizer.
  public String of(int id) {
    var piece = piece(id);
    return piece.isEmpty() ? "id:" + id : WrittenText.name(piece);
  }

  /// As the tokenizer spells it, for programs; empty if there is none.
  public String piece(int id) {
    return tokenizer.filter(own -> id < own.vocabularySize()).map(own -> own.piece(id)).orElse("");
  }

  /// With what it is measured against.
  public String of(TokenMeasure asked) {
    return asked.against().isPresent()
        ? "logit of %s over %s".formatted(of(asked.token()), of(asked.against().getAsInt()))
        : "log probability of " + of(asked.token());
  }

  /// For programs.
  public Map<String, Object> object(int id) {
    return Json.object("id", id, "piece", piece(id));
  }

  /// A text for programs.
  public List<Map<String, Object>> objects(int[] ids) {
    var all = new ArrayList<Map<String, Object>>();
    for (int id : ids) {
      all.add(object(id));
    }
    return all;
  }

  /// What is asked, for programs.
  public Map<String, Object> object(TokenMeasure asked) {
    var object = Json.object("token", object(asked.token()));
    asked.against().ifPresent(other -> object.put("against", object(other)));
    return object;
  }
}
