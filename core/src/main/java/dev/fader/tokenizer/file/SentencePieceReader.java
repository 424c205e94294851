package dev.fader.tokenizer.file;

import dev.fader.tokenizer.model.PieceType;
import dev.fader.tokenizer.model.Vocabulary;
import dev.fader.tokenizer.pattern.Utf8;
import dev.fader.tokenizer.pipeline.AddedToken;
import dev.fader.tokenizer.pipeline.BoundaryTokens;
import dev.fader.tokenizer.pipeline.CharacterMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Reads a `tokenizer.model`, the protocol buffer of SentencePiece (`sentencepiece_model.proto`),
/// and the `tokenizer_config.json` beside it.
final class SentencePieceReader {
  /// The first byte of such a file: the key of its first piece.
  static final byte FIRST_BYTE = 0x0a;

  private static final int UNIGRAM = 1;
  private static final int BYTE_PAIRS = 2;

  private final String name;
  private final Optional<JsonField> config;
  private final List<byte[]> pieces = new ArrayList<>();
  private final List<PieceType> types = new ArrayList<>();
  private float[] scores = new float[1024];
  private int modelType = UNIGRAM;
  private int unknown;
  private int begin = 1;
  private int end = 2;
  private String map = "";
  private String unknownText = " \u2047 ";
  private boolean suffixed;
  private boolean prefixed = true;
  private boolean trimmed = true;
  private boolean escaped = true;

  private SentencePieceReader(String name, Optional<JsonField> config) {
    this.name = name;
    this.config = config;
  }

  static TokenizerParts read(String name, byte[] bytes, Optional<JsonField> config) {
    var file = new SentencePieceReader(name, config);
    file.readModel(ProtobufReader.of(name, bytes));
    return file.parts();
  }

  private void readModel(ProtobufReader model) {
    while (model.next()) {
      switch (model.field) {
        case 1 -> readPiece(model.message());
        case 2 -> readTrainer(model.message());
        case 3 -> readNormalizer(model.message());
        default -> model.skip();
      }
    }
    if (pieces.isEmpty()) {
      throw model.wrong("is the last, and there was no piece");
    }
  }

  private void readPiece(ProtobufReader message) {
    String piece = "";
    float score = 0;
    var type = PieceType.NORMAL;
    while (message.next()) {
      switch (message.field) {
        case 1 -> piece = message.text();
        case 2 -> score = message.number();
        case 3 -> type = PieceType.of(message.integer());
        default -> message.skip();
      }
    }
    if (piece.isEmpty() || !Float.isFinite(score)) {
      throw message.wrong(
          "ends piece %d, '%s', with score %s".formatted(pieces.size(), piece, score));
    }
    if (pieces.size() == scores.length) {
      scores = Arrays.copyOf(scores, 2 * scores.length);
    }
    scores[pieces.size()] = score;
    pieces.add(Utf8.bytes(piece));
    types.add(type);
  }

  private void readTrainer(ProtobufReader message) {
    while (message.next()) {
      switch (message.field) {
        case 3 -> modelType = message.integer();
        case 24 -> suffixed = message.flag();
        case 40 -> unknown = message.integer();
        case 41 -> begin = message.integer();
        case 42 -> end = message.integer();
        case 44 -> unknownText = message.text();
        default -> message.skip();
      }
    }
    if (modelType != UNIGRAM && modelType != BYTE_PAIRS) {
      throw message.wrong(
          "ends the trainer's settings with model type %d; Fader knows 1 (unigram) and 2 (BPE)"
              .formatted(modelType));
    }
  }

  private void readNormalizer(ProtobufReader message) {
    while (message.next()) {
      switch (message.field) {
        case 2 -> map = characterMap(message);
        case 3 -> prefixed = message.flag();
        case 4 -> trimmed = message.flag();
        case 5 -> escaped = message.flag();
        default -> message.skip();
      }
    }
  }

  private static String characterMap(ProtobufReader message) {
    byte[] bytes = message.bytes();
    if (bytes.length == 0) {
      return "";
    }
    try {
      CharacterMap.read(bytes);
    } catch (IllegalArgumentException wrong) {
      throw message.wrong("is not a character map: it " + wrong.getMessage());
    }
    return Base64.getEncoder().encodeToString(bytes);
  }

  private TokenizerParts parts() {
    Map<Integer, AddedToken> further = furtherTokens();
    int size = pieces.size();
    for (int id : further.keySet()) {
      size = Math.max(size, id + 1);
    }
    var vocabulary = new Vocabulary(size);
    var allTypes = new PieceType[size];
    Arrays.fill(allTypes, PieceType.UNUSED);
    for (int id = 0; id < pieces.size(); id++) {
      vocabulary.put(pieces.get(id), id);
      allTypes[id] = types.get(id);
    }
    var symbols = new BitSet();
    for (int id = 0; id < pieces.size(); id++) {
      symbols.set(id, types.get(id) == PieceType.USER_DEFINED);
    }
    further.forEach((id, token) -> {
      if (id >= pieces.size()) {
        vocabulary.put(token.content(), id);
      }
      symbols.clear(id); // cut out first, as Hugging Face's library does with such a file
      allTypes[id] = token.special() ? PieceType.CONTROL : PieceType.USER_DEFINED;
    });
    boolean isUnigram = modelType == UNIGRAM;
    var library = new SentencePieceBuilder.LibraryBehavior(suffixed, symbols, unknownText);
    return new SentencePieceBuilder(
            new SentencePieceBuilder.Pieces(
                name, isUnigram, vocabulary, Arrays.copyOf(scores, size), allTypes),
            new SentencePieceBuilder.NormalizerSpec(
                map, prefixed, trimmed, escaped, Optional.empty(), Optional.of(library)),
            specialIds(vocabulary, isUnigram),
            TokenAttributes.NONE)
        .parts();
  }

  private SentencePieceBuilder.SpecialIds specialIds(Vocabulary vocabulary, boolean isUnigram) {
    BoundaryTokens named =
        config
            .map(given -> BoundaryTokensReader.read(vocabulary, config))
            .orElse(BoundaryTokens.of(-1, -1));
    boolean addsBegin = config.map(c -> c.flag("add_bos_token", !isUnigram)).orElse(!isUnigram);
    boolean addsEnd = config.map(c -> c.flag("add_eos_token", isUnigram)).orElse(isUnigram);
    return new SentencePieceBuilder.SpecialIds(
        named.begin().orElse(known(begin)),
        named.end().orElse(known(end)),
        known(unknown),
        addsBegin,
        addsEnd);
  }

  private int known(int id) {
    return id >= 0 && id < pieces.size() ? id : -1;
  }

  /// The `added_tokens_decoder` of `tokenizer_config.json`. An id may exceed the pieces by at most
  /// the number of entries.
  private Map<Integer, AddedToken> furtherTokens() {
    var tokens = new java.util.TreeMap<Integer, AddedToken>();
    Optional<JsonField> decoder = config.flatMap(given -> given.find("added_tokens_decoder"));
    if (decoder.isEmpty()) {
      return tokens;
    }
    int limit = pieces.size() + decoder.get().object().node().size();
    for (Map.Entry<String, JsonNode> entry : decoder.get().members()) {
      JsonField token = decoder.get().get(entry.getKey()).object();
      int id = number(entry.getKey(), token, limit);
      tokens.put(
          id,
          new AddedToken(
              id, token.text("content"), token.flag("special", false), AddedToken.Matching.EXACT));
    }
    return tokens;
  }

  private static int number(String key, JsonField token, int limit) {
    boolean digits =
        !key.isEmpty() && key.length() < 10 && key.chars().allMatch(c -> c >= '0' && c <= '9');
    int id = digits ? Integer.parseInt(key) : -1;
    if (id < 0 || id >= limit) {
      throw token.wrong("has the id '%s', not a number from 0 to %d".formatted(key, limit - 1));
    }
    return id;
  }
}
