package dev.fader.tokenizer.file;

import dev.fader.tokenizer.error.TokenizerException;
import dev.fader.tokenizer.model.PieceType;
import dev.fader.tokenizer.pipeline.AddedToken;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/// Collects the tokens of a GGUF file by id, with their types and scores.
final class GgufTokenTable {
  private static final float UNUSED_SCORE = -1e9f;

  private final String file;
  private final List<String> tokens;
  private final PieceType[] types;
  private final float[] scores;

  /// @param file name of the tokenizer's file for messages
  /// @param size the model's vocabulary size; ids without a piece are marked unused
  GgufTokenTable(String file, int size) {
    this.file = file;
    tokens = new ArrayList<>(Collections.nCopies(size, ""));
    types = new PieceType[size];
    scores = new float[size];
    Arrays.fill(types, PieceType.UNUSED);
    Arrays.fill(scores, UNUSED_SCORE);
  }

  void put(int id, String piece, PieceType type) {
    if (id < 0 || id >= tokens.size()) {
      throw new TokenizerException(
          "%s: model.vocab has id %d for '%s', and the model has %d tokens"
              .formatted(file, id, JsonField.shown(piece), tokens.size()));
    }
    tokens.set(id, piece);
    types[id] = type;
  }

  void score(int id, float score) {
    scores[id] = score;
  }

  /// Adds the added tokens, replacing the model's pieces of the same ids.
  ///
  /// @param unknown the unknown token, empty if there is none
  void addAll(List<AddedToken> added, String unknown) {
    for (AddedToken token : added) {
      put(
          token.id(),
          token.content(),
          token.content().equals(unknown)
              ? PieceType.UNKNOWN
              : token.special() ? PieceType.CONTROL : PieceType.USER_DEFINED);
      scores[token.id()] = 0;
    }
  }

  /// SentencePiece merges the pair with the highest score first, so the earliest merge gets the
  /// highest score.
  void scoreMerges(JsonNode vocabulary, List<String> merges) {
    for (int rank = merges.size() - 1; rank >= 0; rank--) {
      String merge = merges.get(rank);
      int space = merge.indexOf(' ');
      int id = vocabulary.path(merge.substring(0, space) + merge.substring(space + 1)).asInt(-1);
      if (id >= 0 && id < scores.length) {
        scores[id] = -rank;
      }
    }
    for (int id = 0; id < scores.length; id++) {
      if (types[id] == PieceType.BYTE) {
        scores[id] = 0;
      }
    }
  }

  /// Names the ids without a piece, as GGUF requires one for each.
  void nameUnused() {
    for (int id = 0; id < types.length; id++) {
      if (types[id] == PieceType.UNUSED) {
        tokens.set(id, "[PAD" + id + "]");
      }
    }
  }

  List<String> tokens() {
    return tokens;
  }

  int[] typeIds() {
    return Arrays.stream(types).mapToInt(PieceType::number).toArray();
  }

  float[] scores() {
    return scores;
  }

  /// The last unknown token.
  OptionalInt unknown() {
    for (int id = types.length - 1; id >= 0; id--) {
      if (types[id] == PieceType.UNKNOWN) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }
}
