package dev.fader.tokenizer.file;

import dev.fader.format.FormatException;
import dev.fader.format.GgufMetadata;
import dev.fader.tokenizer.error.TokenizerException;
import dev.fader.tokenizer.model.ByteFallback;
import dev.fader.tokenizer.model.BytePairModel;
import dev.fader.tokenizer.model.BytePairSymbols;
import dev.fader.tokenizer.model.MergeTable;
import dev.fader.tokenizer.model.PieceModel;
import dev.fader.tokenizer.model.PieceTrie;
import dev.fader.tokenizer.model.PieceType;
import dev.fader.tokenizer.model.SpaceSymbol;
import dev.fader.tokenizer.model.Vocabulary;
import dev.fader.tokenizer.model.WordPieceModel;
import dev.fader.tokenizer.pipeline.AddedToken;
import dev.fader.tokenizer.pipeline.BoundaryTokens;
import dev.fader.tokenizer.pipeline.CharacterMap;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// Reads the tokenizer in the metadata of a GGUF file (`tokenizer.ggml.*`, by GGUF's specification
/// and llama.cpp): `llama` (SentencePiece BPE), `gpt2` (byte-level BPE), `bert` (WordPiece) and
/// `t5` (SentencePiece unigram).
public final class GgufTokenizerReader {
  private static final int LONGEST_WORD = 100; // of WordPiece, as in BERT

  /// Tokens that end a text or a turn. Many files mark them as plain text, but they must be
  /// recognized in a template and never be accepted from a user.
  private static final Set<String> CONTROL_TOKENS =
      Set.of(
          "<|eot_id|>",
          "<|eom_id|>",
          "<|im_end|>",
          "<|end|>",
          "<|return|>",
          "<|call|>",
          "<end_of_turn>",
          "<|endoftext|>",
          "<|end_of_text|>",
          "</s>",
          "<EOT>",
          "_<EOT>",
          "[EOT]",
          "[EOS]",
          "<eos>",
          "<end_of_utterance>",
          "<\uFF5Cend\u2581of\u2581sentence\uFF5C>");

  private final GgufTokenizerValues fields;
  private final List<String> pieces;
  private final PieceType[] types;
  private final TokenAttributes attributes;
  private final TokenizerJsonBuilder builder = new TokenizerJsonBuilder();
  private final List<AddedToken> added = new ArrayList<>();

  private GgufTokenizerReader(GgufTokenizerValues fields) throws FormatException {
    this.fields = fields;
    pieces = fields.pieces();
    types = fields.types(pieces.size());
    correctTypes(pieces, types);
    attributes = TokenAttributes.of(fields);
  }

  public static TokenizerParts read(GgufMetadata metadata) {
    var fields = new GgufTokenizerValues(metadata);
    try {
      String model = fields.text("model").orElseThrow(() -> fields.missing("model"));
      var tokenizer = new GgufTokenizerReader(fields);
      return switch (model) {
        case "llama" -> tokenizer.sentencePieces(false);
        case "t5" -> tokenizer.sentencePieces(true);
        case "gpt2" -> tokenizer.bytePairs();
        case "bert" -> tokenizer.wordPieces();
        default ->
            throw fields.wrong(
                "model",
                "is '%s', which is not supported; supported are llama, gpt2, bert and t5"
                    .formatted(model));
      };
    } catch (FormatException wrong) {
      throw new TokenizerException(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  /// Marks control tokens as such where the file marks them as plain text.
  private static void correctTypes(List<String> pieces, PieceType[] types) {
    int id = 0;
    for (String piece : pieces) {
      if (CONTROL_TOKENS.contains(piece)) {
        types[id] = PieceType.CONTROL;
      }
      id++;
    }
  }

  private TokenizerParts sentencePieces(boolean isUnigram) throws FormatException {
    int size = pieces.size();
    var preparation =
        new SentencePieceBuilder.NormalizerSpec(
            characterMap(),
            fields.flag("add_space_prefix", !isUnigram),
            isUnigram && fields.flag("remove_extra_whitespaces", false),
            fields.flag("escape_whitespaces", true),
            fields.prependScheme(),
            Optional.empty());
    var ends =
        new SentencePieceBuilder.SpecialIds(
            fields.id("bos", isUnigram ? -1 : 1, size),
            fields.id("eos", isUnigram ? 1 : 2, size),
            fields.id("unknown", isUnigram ? 2 : 0, size),
            fields.flag("add_bos_token", !isUnigram),
            fields.flag("add_eos_token", isUnigram));
    var vocabulary = GgufTokenizerValues.vocabulary(pieces);
    var scored =
        new SentencePieceBuilder.Pieces(
            fields.file(), isUnigram, vocabulary, fields.scores(size), types);
    return new SentencePieceBuilder(scored, preparation, ends, attributes).parts();
  }

  private String characterMap() throws FormatException {
    byte[] map = fields.bytes("precompiled_charsmap");
    if (map.length > 0) {
      try {
        CharacterMap.read(map);
      } catch (IllegalArgumentException wrong) {
        throw fields.wrong(
            "precompiled_charsmap", "is not a character map: it " + wrong.getMessage());
      }
    }
    return Base64.getEncoder().encodeToString(map);
  }

  private TokenizerParts bytePairs() throws FormatException {
    String pre = fields.text("pre").orElse("default");
    GgufPreTokenizer preTokenizer =
        GgufPreTokenizer.named(pre)
            .orElseThrow(() ->
                fields.wrong(
                    "pre",
                    "is '%s', which is not supported; supported are %s"
                        .formatted(pre, GgufPreTokenizer.names())));
    Vocabulary vocabulary = normalPieces();
    if (fields.composesNfc(preTokenizer.composesNfc())) {
      builder.normalizer("NFC");
    }
    preTokenizer.splits().forEach(builder::split);
    builder.byteLevel();
    MergeTable merges = fields.merges(vocabulary);
    var options =
        new BytePairSymbols.Options(
            true, preTokenizer.wholeWords(), -1, false, BytePairSymbols.Affixes.NONE);
    Vocabulary.PieceIndex index =
        preTokenizer.wholeWords() ? ModelReader.byteIndex(vocabulary) : vocabulary::modelId;
    var symbols = new BytePairSymbols(index, ByteFallback.alphabet(vocabulary), options);
    var ends =
        new SpecialIds(
            fields.flag("add_bos_token", preTokenizer.addsBos()),
            fields.flag("add_eos_token", false),
            fields.id("bos", -1, pieces.size()),
            fields.id("eos", -1, pieces.size()));
    return parts(
        vocabulary,
        new BytePairModel(symbols, merges),
        ends,
        () -> ModelWriter.bytePairs(builder, vocabulary, merges, options));
  }

  /// The pieces that result from merging, and the added tokens.
  private Vocabulary normalPieces() {
    var vocabulary = new Vocabulary(pieces.size());
    int id = 0;
    for (String piece : pieces) {
      if (types[id].isAdded()) {
        add(vocabulary, id, piece);
      } else {
        vocabulary.put(piece, id);
      }
      id++;
    }
    return vocabulary;
  }

  private void add(Vocabulary vocabulary, int id, String piece) {
    vocabulary.putAdded(piece, id);
    if (!piece.isEmpty()) {
      var token = new AddedToken(id, piece, types[id].isSpecial(), attributes.of(piece));
      added.add(token);
      builder.addToken(token);
    }
  }

  /// Whether this piece could occur inside a word and has a capital letter: `[CLS]` and the like
  /// are split at their brackets, whatever type the file gives them.
  private static boolean hasCapital(String piece) {
    boolean isBracketed = piece.startsWith("[") && piece.endsWith("]");
    return !isBracketed && piece.chars().anyMatch(c -> c >= 'A' && c <= 'Z');
  }

  /// GGUF marks the pieces that begin words with `▁`, BERT those that continue them with `##`.
  private TokenizerParts wordPieces() throws FormatException {
    int size = pieces.size();
    var vocabulary = new Vocabulary(size);
    var starts = new PieceTrie();
    var continuations = new PieceTrie();
    boolean isCased = false;
    int id = 0;
    for (String piece : pieces) {
      if (types[id].isAdded()) {
        add(vocabulary, id, piece);
        vocabulary.put(piece, id);
      } else if (piece.startsWith(SpaceSymbol.TEXT)) {
        vocabulary.put(piece.substring(1), id);
        starts.add(vocabulary.modelBytes(id), id);
      } else {
        vocabulary.put("##" + piece, id);
        continuations.add(dev.fader.tokenizer.pattern.Utf8.bytes(piece), id);
      }
      isCased |= !types[id].isAdded() && hasCapital(piece);
      id++;
    }
    ObjectNode bert = builder.normalizer("BertNormalizer");
    boolean lowersCase = fields.flag("normalizer.lowercase", !isCased);
    bert.put("clean_text", true).put("handle_chinese_chars", true);
    bert.put("strip_accents", fields.flag("normalizer.strip_accents", lowersCase));
    bert.put("lowercase", lowersCase);
    builder.preTokenizer("BertPreTokenizer");
    builder.decoder("WordPiece").put("prefix", "##").put("cleanup", true);
    int unknown = fields.id("unknown", 100, size);
    int end =
        fields.id("seperator", fields.id("separator", 102, size), size); // both spellings occur
    var ends =
        new SpecialIds(
            fields.flag("add_bos_token", true),
            fields.flag("add_sep_token", fields.flag("add_eos_token", true)),
            fields.id("bos", fields.id("cls", 101, size), size),
            end >= 0 ? end : fields.id("eos", -1, size));
    return parts(
        vocabulary,
        new WordPieceModel(starts, continuations, unknown, LONGEST_WORD),
        ends,
        () ->
            ModelWriter.wordPieces(
                builder,
                vocabulary,
                unknown < 0 ? "[UNK]" : vocabulary.piece(unknown),
                LONGEST_WORD));
  }

  /// The ids that begin and end a text, -1 for none, and whether they are added to it.
  private record SpecialIds(boolean addsBegin, boolean addsEnd, int begin, int end) {}

  private TokenizerParts parts(
      Vocabulary vocabulary, PieceModel model, SpecialIds ends, Supplier<byte[]> json) {
    builder.postProcessor(
        vocabulary,
        ends.addsBegin && ends.begin >= 0 ? List.of(ends.begin) : List.of(),
        ends.addsEnd && ends.end >= 0 ? List.of(ends.end) : List.of());
    var root = new JsonField(fields.file(), "", builder.root);
    byte[] config =
        TokenizerJson.write(
            TokenizerJson.config(
                ends.end < 0 ? "" : vocabulary.piece(ends.end),
                ends.begin < 0 ? "" : vocabulary.piece(ends.begin)));
    return new TokenizerParts(
        new TokenizerFiles(fields.file(), json, Optional.of(config)),
        vocabulary,
        added,
        NormalizerReader.read(root.find("normalizer")),
        PreTokenizerReader.read(root.find("pre_tokenizer")),
        model,
        PostProcessorReader.read(root.find("post_processor"), vocabulary.size()),
        DecoderReader.read(root.find("decoder")),
        BoundaryTokens.of(ends.begin, ends.end));
  }
}
