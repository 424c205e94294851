package dev.fader.app.studio.board;

import dev.fader.app.view.TokenPieces;
import dev.fader.serve.model.ModelLease;
import dev.fader.tokenizer.Tokenizer;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Tokens as the text that they write.
record TokenTexts(Optional<Tokenizer> tokenizer) {
  static TokenTexts of(ModelLease lease) {
    return new TokenTexts(lease.tokenizerIfAny());
  }

  /// The letters of a token; empty if there is no tokenizer.
  String piece(int id) {
    return new TokenPieces(tokenizer).text(id);
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
