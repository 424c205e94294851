package dev.fader.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/// Reads the parts of a `tokenizer.json` (the format of Hugging Face's `tokenizers`), each into its
/// room; what is in none of them is refused by name. `truncation` and `padding` are for batches and
/// do not touch ids.
final class TokenizerFile {
  private final JsonField root;
  private final JsonField model;
  private final int limit; // ids are below the file's length, as each piece takes a byte and more

  TokenizerFile(TokenizerSource source) {
    root = source.parsed();
    model = root.get("model").object();
    limit = source.length();
  }

  /// All pieces, those of the model and the added ones.
  Vocabulary vocabulary() {
    List<AddedToken> added = addedTokens();
    int size = 0;
    for (Map.Entry<String, JsonNode> entry : model.get("vocab").members()) {
      size = Math.max(size, vocabularyId(entry) + 1);
    }
    for (AddedToken token : added) {
      size = Math.max(size, token.id() + 1);
    }
    var vocabulary = new Vocabulary(size);
    for (Map.Entry<String, JsonNode> entry : model.get("vocab").members()) {
      put(vocabulary, entry.getKey(), vocabularyId(entry), "model.vocab");
    }
    for (AddedToken token : added) {
      put(vocabulary, token.content(), token.id(), "added_tokens");
    }
    return vocabulary;
  }

  private int vocabularyId(Map.Entry<String, JsonNode> entry) {
    JsonNode id = entry.getValue();
    if (id.isInt() && id.intValue() >= 0 && id.intValue() < limit) {
      return id.intValue();
    }
    return new JsonField(root.file(), "model.vocab['" + entry.getKey() + "']", id).below(limit);
  }

  private void put(Vocabulary vocabulary, String piece, int id, String where) {
    int known = vocabulary.id(piece).orElse(id);
    if (known != id) {
      throw root.wrong(
          "has two ids for piece '%s' in %s: %d and %d".formatted(piece, where, known, id));
    }
    String there = vocabulary.piece(id);
    if (!there.isEmpty() && !there.equals(piece)) {
      throw root.wrong(
          "has two pieces with id %d in %s: '%s' and '%s'".formatted(id, where, there, piece));
    }
    vocabulary.put(piece, id);
  }

  /// The tokens that are looked for in the text before anything else.
  List<AddedToken> addedTokens() {
    var tokens = new ArrayList<AddedToken>();
    Optional<JsonField> added = root.find("added_tokens");
    if (added.isEmpty()) {
      return tokens;
    }
    for (JsonField token : added.get().elements()) {
      boolean special = token.object().flag("special", false);
      var matching =
          new AddedToken.Matching(
              token.flag("single_word", false),
              token.flag("lstrip", false),
              token.flag("rstrip", false),
              token.flag("normalized", !special));
      int id = token.get("id").below(limit);
      tokens.add(new AddedToken(id, token.text("content"), special, matching));
    }
    return tokens;
  }

  Normalization normalization() {
    var steps = new ArrayList<Normalization.Step>();
    for (JsonField step : JsonField.flatten(root.find("normalizer"), "normalizers")) {
      String type = step.text("type");
      steps.add(
          switch (type) {
            case "NFC", "NFD", "NFKC", "NFKD" ->
                new Normalization.Form(java.text.Normalizer.Form.valueOf(type));
            case "Prepend" -> new Normalization.Prepend(step.text("prepend"));
            case "Replace" -> replacement(step);
            case "Lowercase" -> new Normalization.Lowercase();
            default -> throw step.get("type").unsupported("'" + type + "'");
          });
    }
    return new Normalization(List.copyOf(steps));
  }

  private static Normalization.Replace replacement(JsonField step) {
    JsonField pattern = step.get("pattern").object();
    String what = pattern.text("String");
    if (what.isEmpty()) {
      throw pattern.wrong("is empty");
    }
    return new Normalization.Replace(what, step.text("content"));
  }

  PreTokenizer preTokenizer() {
    boolean prefixSpace = false;
    boolean byteLevel = false;
    var splits = new ArrayList<SplitPattern>();
    for (JsonField step : JsonField.flatten(root.find("pre_tokenizer"), "pretokenizers")) {
      String type = step.text("type");
      if (byteLevel) {
        throw step.wrong("comes after ByteLevel, which must be last");
      }
      switch (type) {
        case "Split" -> splits.add(split(step));
        case "ByteLevel" -> {
          byteLevel = true;
          prefixSpace = step.flag("add_prefix_space", true);
          if (prefixSpace && !splits.isEmpty()) {
            throw step.unsupported("a prefix space after a split");
          }
          if (step.flag("use_regex", true)) {
            splits.add(SplitPattern.GPT2);
          }
        }
        default -> throw step.get("type").unsupported("'" + type + "'");
      }
    }
    return new PreTokenizer(prefixSpace, List.copyOf(splits), byteLevel);
  }

  private static SplitPattern split(JsonField step) {
    String behavior = step.text("behavior");
    boolean invert = step.flag("invert", false);
    // Every pattern we know covers the whole text, so keeping only what matches is the same.
    if (!(behavior.equals("Isolated") || (behavior.equals("Removed") && invert))) {
      throw step.get("behavior").unsupported("'" + behavior + "'");
    }
    JsonField pattern = step.get("pattern").object();
    if (pattern.find("Regex").isEmpty()) {
      throw pattern.unsupported("a plain string");
    }
    String regex = pattern.text("Regex");
    return SplitPattern.spelled(regex)
        .orElseThrow(() -> pattern.get("Regex").unsupported("the pattern " + regex));
  }

  PieceModel model(Vocabulary vocabulary, PreTokenizer preTokenizer) {
    String type =
        model
            .find("type")
            .map(JsonField::string)
            .orElse(model.find("merges").isPresent() ? "BPE" : "");
    return switch (type) {
      case "BPE" -> bytePairs(vocabulary, preTokenizer.byteLevel());
      case "WordLevel" -> words(preTokenizer.byteLevel());
      default -> throw model.get("type").unsupported("'" + type + "'");
    };
  }

  private WordModel words(boolean byteLevel) {
    OptionalInt unknown = modelId(model.text("unk_token"));
    return new WordModel(pieces(byteLevel), unknown);
  }

  private BytePairModel bytePairs(Vocabulary vocabulary, boolean byteLevel) {
    for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      Optional<JsonField> given = model.find(affix).filter(field -> !field.string().isEmpty());
      if (given.isPresent()) {
        throw given.get().unsupported("'" + given.get().string() + "'");
      }
    }
    var merges = new BytePairMerges(model.get("merges"), vocabulary).read();
    boolean wholeWords = model.flag("ignore_merges", false);
    var options =
        new BytePairSymbols.Options(
            byteLevel, wholeWords, unknownId(), model.flag("fuse_unk", false));
    PieceIndex pieces = byteLevel && !wholeWords ? new PieceIndex() : pieces(byteLevel);
    return new BytePairModel(new BytePairSymbols(pieces, byteIds(byteLevel), options), merges);
  }

  private int unknownId() {
    Optional<JsonField> unknown = model.find("unk_token");
    if (unknown.isEmpty()) {
      return -1;
    }
    return modelId(unknown.get().string())
        .orElseThrow(() -> unknown.get().wrong("is not a piece of model.vocab"));
  }

  /// The ids of the 256 bytes, -1 where the vocabulary has no piece for one.
  private int[] byteIds(boolean byteLevel) {
    var ids = new int[256];
    boolean fallback = model.flag("byte_fallback", false);
    for (int value = 0; value < 256; value++) {
      String piece =
          byteLevel ? ByteAlphabet.write(new byte[] {(byte) value}) : "<0x%02X>".formatted(value);
      ids[value] = byteLevel || fallback ? modelId(piece).orElse(-1) : -1;
    }
    return ids;
  }

  private OptionalInt modelId(String piece) {
    JsonNode id = model.get("vocab").node().get(piece);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id.intValue());
  }

  private PieceIndex pieces(boolean byteLevel) {
    var pieces = new PieceIndex();
    for (Map.Entry<String, JsonNode> entry : model.get("vocab").members()) {
      String piece = entry.getKey();
      if (!byteLevel) {
        pieces.add(piece.getBytes(StandardCharsets.UTF_8), entry.getValue().intValue());
      } else if (ByteAlphabet.canRead(piece)) {
        pieces.add(ByteAlphabet.read(piece), entry.getValue().intValue());
      }
    }
    return pieces;
  }

  Frame frame(Vocabulary vocabulary) {
    Optional<Frame> frame = Optional.empty();
    for (JsonField step : JsonField.flatten(root.find("post_processor"), "processors")) {
      String type = step.text("type");
      switch (type) {
        case "ByteLevel" -> {} // touches offsets only
        case "TemplateProcessing" -> {
          if (frame.isPresent()) {
            throw step.unsupported("a second template");
          }
          frame = Optional.of(Frame.read(step, vocabulary.size()));
        }
        default -> throw step.get("type").unsupported("'" + type + "'");
      }
    }
    return frame.orElse(Frame.NONE);
  }

  PieceDecoding decoding() {
    List<JsonField> steps = JsonField.flatten(root.find("decoder"), "decoders");
    boolean byteLevel = false;
    boolean byteFallback = false;
    boolean fused = false;
    int leadingSpaces = 0;
    var replacements = new ArrayList<Normalization.Replace>();
    for (JsonField step : steps) {
      String type = step.text("type");
      if (fused && !type.equals("Strip")) {
        throw step.unsupported("'" + type + "' after Fuse");
      }
      switch (type) {
        case "ByteLevel" -> byteLevel = true;
        case "ByteFallback" -> byteFallback = true;
        case "Fuse" -> fused = true;
        case "Replace" -> replacements.add(replacement(step));
        case "Strip" -> leadingSpaces = strip(step, fused);
        default -> throw step.get("type").unsupported("'" + type + "'");
      }
    }
    return new PieceDecoding(
        byteLevel, byteFallback, List.copyOf(replacements), leadingSpaces, steps.isEmpty());
  }

  private static int strip(JsonField step, boolean fused) {
    if (!fused || !step.text("content").equals(" ") || step.get("stop").below(1) != 0) {
      throw step.unsupported("a Strip other than of spaces at the start of the fused text");
    }
    return step.get("start").below(Integer.MAX_VALUE);
  }
}
