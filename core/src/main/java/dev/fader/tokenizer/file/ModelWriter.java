package dev.fader.tokenizer.file;

import dev.fader.tokenizer.model.ByteFallback;
import dev.fader.tokenizer.model.BytePairSymbols;
import dev.fader.tokenizer.model.MergeTable;
import dev.fader.tokenizer.model.Vocabulary;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes the `model` of a `tokenizer.json` for tokenizers read from other formats.
final class ModelWriter {
  private ModelWriter() {}

  static byte[] bytePairs(
      TokenizerJsonBuilder builder,
      Vocabulary vocabulary,
      MergeTable merges,
      BytePairSymbols.Options options) {
    ObjectNode root = builder.root.deepCopy();
    ObjectNode model = root.putObject("model");
    model.put("type", "BPE");
    model.putNull("dropout");
    if (options.unknown() < 0) {
      model.putNull("unk_token");
    } else {
      model.put("unk_token", vocabulary.modelPiece(options.unknown()));
    }
    model.put("fuse_unk", options.fuseUnknown());
    model.put("byte_fallback", !options.byteLevel());
    model.put("ignore_merges", options.wholeWords());
    putVocabulary(model, vocabulary);
    ArrayNode written = model.putArray("merges");
    for (long pair : merges.inOrder()) {
      int left = (int) (pair >>> 32);
      int right = (int) pair;
      if (left < vocabulary.size() && right < vocabulary.size()) {
        written.addArray().add(vocabulary.modelPiece(left)).add(vocabulary.modelPiece(right));
      }
    }
    return TokenizerJson.write(root);
  }

  static byte[] unigram(
      TokenizerJsonBuilder builder, Vocabulary vocabulary, float[] scores, int unknown) {
    ObjectNode root = builder.root.deepCopy();
    ObjectNode model = root.putObject("model");
    model.put("type", "Unigram");
    if (unknown < 0) {
      model.putNull("unk_id");
    } else {
      model.put("unk_id", unknown);
    }
    ArrayNode pieces = model.putArray("vocab");
    for (int id = 0; id < vocabulary.size(); id++) {
      pieces.addArray().add(vocabulary.modelPiece(id)).add((double) scores[id]);
    }
    model.put("byte_fallback", vocabulary.modelId(ByteFallback.piece(0)) >= 0);
    return TokenizerJson.write(root);
  }

  static byte[] wordPieces(
      TokenizerJsonBuilder builder, Vocabulary vocabulary, String unknown, int longestWord) {
    ObjectNode root = builder.root.deepCopy();
    ObjectNode model = root.putObject("model");
    model.put("type", "WordPiece");
    model.put("unk_token", unknown);
    model.put("continuing_subword_prefix", "##");
    model.put("max_input_chars_per_word", longestWord);
    putVocabulary(model, vocabulary);
    return TokenizerJson.write(root);
  }

  private static void putVocabulary(ObjectNode model, Vocabulary vocabulary) {
    ObjectNode pieces = model.putObject("vocab");
    for (int id = 0; id < vocabulary.size(); id++) {
      String piece = vocabulary.modelPiece(id);
      if (vocabulary.hasModelPiece(id) && vocabulary.modelId(piece) == id) {
        pieces.put(piece, id);
      }
    }
  }
}
