package dev.fader.tokenizer.file;

import dev.fader.tokenizer.model.ByteAlphabet;
import dev.fader.tokenizer.model.ByteFallback;
import dev.fader.tokenizer.model.BytePairModel;
import dev.fader.tokenizer.model.BytePairSymbols;
import dev.fader.tokenizer.model.PieceModel;
import dev.fader.tokenizer.model.PieceTrie;
import dev.fader.tokenizer.model.SpaceSymbol;
import dev.fader.tokenizer.model.UnigramModel;
import dev.fader.tokenizer.model.Vocabulary;
import dev.fader.tokenizer.model.WordLevelModel;
import dev.fader.tokenizer.model.WordPieceModel;
import dev.fader.tokenizer.pattern.Utf8;
import dev.fader.tokenizer.pipeline.AddedToken;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Reads the `model` of a `tokenizer.json` and its pieces.
///
/// @param limit exclusive upper bound of ids
record ModelReader(JsonField model, int limit) {

  /// The model's pieces, with room for the added tokens.
  Vocabulary vocabulary(List<AddedToken> added) {
    int size = 0;
    for (AddedToken token : added) {
      size = Math.max(size, token.id() + 1);
    }
    if (type().equals("Unigram")) {
      return scoredPieces(size);
    }
    for (Map.Entry<String, JsonNode> entry : model.get("vocab").members()) {
      size = Math.max(size, id(entry) + 1);
    }
    var vocabulary = new Vocabulary(size);
    for (Map.Entry<String, JsonNode> entry : model.get("vocab").members()) {
      int id = id(entry);
      if (vocabulary.hasModelPiece(id)) {
        throw new JsonField(model.file(), "", model.node())
            .wrong(
                "has two pieces with id %d in model.vocab: '%s' and '%s'"
                    .formatted(id, vocabulary.piece(id), entry.getKey()));
      }
      vocabulary.put(entry.getKey(), id);
    }
    return vocabulary;
  }

  private Vocabulary scoredPieces(int leastSize) {
    List<JsonField> pieces = model.get("vocab").elements();
    var vocabulary = new Vocabulary(Math.max(leastSize, pieces.size()));
    for (int id = pieces.size() - 1; id >= 0; id--) { // of equal pieces the last one wins
      vocabulary.put(pair(pieces.get(id)).getFirst().string(), id);
    }
    return vocabulary;
  }

  private static List<JsonField> pair(JsonField piece) {
    List<JsonField> pair = piece.elements();
    if (pair.size() != 2) {
      throw piece.wrong("is not a piece and its score");
    }
    return pair;
  }

  private int id(Map.Entry<String, JsonNode> entry) {
    JsonNode id = entry.getValue();
    if (id.isInt() && id.intValue() >= 0 && id.intValue() < limit) {
      return id.intValue();
    }
    return new JsonField(model.file(), "model.vocab['" + entry.getKey() + "']", id).below(limit);
  }

  private String type() {
    Optional<JsonField> type = model.find("type");
    if (type.isPresent()) {
      return type.get().string();
    }
    // Files from before models had a type, in the order that Hugging Face's library tries them.
    if (model.find("merges").isPresent()) {
      return "BPE";
    }
    if (model.find("continuing_subword_prefix").isPresent()) {
      return "WordPiece";
    }
    return model.get("vocab").node().isArray() ? "Unigram" : "WordLevel";
  }

  /// Whether the model can take raw bytes in place of the characters of the [ByteAlphabet].
  boolean takesBytes(Vocabulary vocabulary) {
    return type().equals("BPE")
        && affixes().isEmpty()
        && !(model.flag("byte_fallback", false) && !ByteFallback.alphabet(vocabulary).isComplete());
  }

  /// @param byteLevel whether words are raw bytes rather than written in the [ByteAlphabet]
  /// @param added tokens that are cut out of the text; special ones never come from the model
  PieceModel model(Vocabulary vocabulary, boolean byteLevel, List<AddedToken> added) {
    String type = type();
    return switch (type) {
      case "BPE" -> bytePairs(vocabulary, byteLevel);
      case "WordLevel" ->
          new WordLevelModel(vocabulary::modelId, vocabulary.modelId(model.text("unk_token")));
      case "WordPiece" -> wordPieces(vocabulary);
      case "Unigram" -> unigram(vocabulary, added);
      default -> throw model.get("type").unsupported("'" + type + "'");
    };
  }

  private BytePairSymbols.Affixes affixes() {
    return new BytePairSymbols.Affixes(
        affix("continuing_subword_prefix"), affix("end_of_word_suffix"));
  }

  private String affix(String name) {
    return model.find(name).map(JsonField::string).orElse("");
  }

  private BytePairModel bytePairs(Vocabulary vocabulary, boolean byteLevel) {
    int prefixLength = affix("continuing_subword_prefix").length();
    var merges = new MergesReader(model.get("merges"), vocabulary, prefixLength).read();
    var options =
        new BytePairSymbols.Options(
            byteLevel,
            model.flag("ignore_merges", false),
            unknownId(vocabulary),
            model.flag("fuse_unk", false),
            affixes());
    Vocabulary.PieceIndex pieces =
        byteLevel && options.wholeWords() ? byteIndex(vocabulary) : vocabulary::modelId;
    ByteFallback byteIds = byteLevel ? ByteFallback.alphabet(vocabulary) : fallback(vocabulary);
    boolean cutsAnywhere = !byteLevel && !options.wholeWords() && options.affixes().isEmpty();
    byte[] space = cutsAnywhere ? SpaceSymbol.of(vocabulary) : new byte[0];
    return new BytePairModel(new BytePairSymbols(pieces, byteIds, options), merges, space);
  }

  private int unknownId(Vocabulary vocabulary) {
    Optional<JsonField> unknown = model.find("unk_token");
    if (unknown.isEmpty()) {
      return -1;
    }
    int id = vocabulary.modelId(unknown.get().string());
    if (id < 0) {
      throw unknown.get().wrong("is not a piece of model.vocab");
    }
    return id;
  }

  private WordPieceModel wordPieces(Vocabulary vocabulary) {
    byte[] prefix =
        Utf8.bytes(model.find("continuing_subword_prefix").map(JsonField::string).orElse("##"));
    var starts = new PieceTrie();
    var continuations = new PieceTrie();
    for (int id = 0; id < vocabulary.size(); id++) {
      byte[] piece = vocabulary.modelBytes(id);
      starts.add(piece, id);
      if (Utf8.startsWith(piece, 0, piece.length, prefix)) {
        continuations.add(Arrays.copyOfRange(piece, prefix.length, piece.length), id);
      }
    }
    int longest =
        model
            .find("max_input_chars_per_word")
            .map(field -> field.below(Integer.MAX_VALUE))
            .orElse(100);
    return new WordPieceModel(
        starts, continuations, vocabulary.modelId(model.text("unk_token")), longest);
  }

  private UnigramModel unigram(Vocabulary vocabulary, List<AddedToken> added) {
    var special = new BitSet();
    for (AddedToken token : added) {
      special.set(token.id(), token.special() && !token.matching().singleWord());
    }
    List<JsonField> pieces = model.get("vocab").elements();
    var scores = new double[vocabulary.size()];
    double least = Double.POSITIVE_INFINITY;
    var trie = new PieceTrie();
    for (int id = pieces.size() - 1; id >= 0; id--) {
      scores[id] = pair(pieces.get(id)).getLast().number();
      least = Math.min(least, scores[id]);
      if (!special.get(id)) { // in a user's text `<s>` is three characters
        trie.add(vocabulary.modelBytes(id), id);
      }
    }
    int unknown = model.find("unk_id").map(id -> id.below(pieces.size())).orElse(-1);
    ByteFallback bytes = fallback(vocabulary);
    double unknownScore = least - UnigramModel.UNKNOWN_PENALTY;
    return new UnigramModel(
        trie, scores, new UnigramModel.Unknown(unknown, unknownScore, bytes), false);
  }

  /// The bytes that the model's piece in the [ByteAlphabet] stands for, empty without a piece.
  private static byte[] bytes(Vocabulary vocabulary, int id) {
    String piece = vocabulary.modelPiece(id);
    return ByteAlphabet.canRead(piece) ? ByteAlphabet.read(piece) : new byte[0];
  }

  /// The ids of the pieces by the bytes they stand for in the [ByteAlphabet].
  static Vocabulary.PieceIndex byteIndex(Vocabulary vocabulary) {
    var read = new Vocabulary(vocabulary.size());
    for (int id = 0; id < vocabulary.size(); id++) {
      byte[] piece = bytes(vocabulary, id);
      if (piece.length > 0) {
        read.put(piece, id);
      }
    }
    return read::modelId;
  }

  private ByteFallback fallback(Vocabulary vocabulary) {
    return model.flag("byte_fallback", false) ? ByteFallback.of(vocabulary) : ByteFallback.NONE;
  }
}
