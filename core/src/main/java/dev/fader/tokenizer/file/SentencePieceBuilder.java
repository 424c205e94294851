package dev.fader.tokenizer.file;

import dev.fader.tokenizer.model.ByteFallback;
import dev.fader.tokenizer.model.BytePairModel;
import dev.fader.tokenizer.model.BytePairSymbols;
import dev.fader.tokenizer.model.PieceModel;
import dev.fader.tokenizer.model.PieceTrie;
import dev.fader.tokenizer.model.PieceType;
import dev.fader.tokenizer.model.PrefixMatcher;
import dev.fader.tokenizer.model.ScoredMerges;
import dev.fader.tokenizer.model.SpaceBorder;
import dev.fader.tokenizer.model.UnigramModel;
import dev.fader.tokenizer.model.Vocabulary;
import dev.fader.tokenizer.pattern.TextPattern;
import dev.fader.tokenizer.pipeline.AddedToken;
import dev.fader.tokenizer.pipeline.BoundaryTokens;
import dev.fader.tokenizer.pipeline.CharacterMap;
import dev.fader.tokenizer.pipeline.PieceDecoder;
import dev.fader.tokenizer.pipeline.SentencePieceNormalizer;
import dev.fader.tokenizer.pipeline.TextNormalizer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// A SentencePiece model, as a `tokenizer.model` or a GGUF file holds it: pieces with scores and
/// types, and how text is prepared for them.
final class SentencePieceBuilder {
  private final String name;
  private final boolean isUnigram;
  private final Vocabulary vocabulary;
  private final float[] scores;
  private final PieceType[] types;
  private final Preparation preparation;
  private final Ends ends;
  private final TokenAttributes attributes;
  private final List<AddedToken> added = new ArrayList<>();
  private final TokenizerJsonBuilder skeleton = new TokenizerJsonBuilder();

  SentencePieceBuilder(
      Pieces pieces, Preparation preparation, Ends ends, TokenAttributes attributes) {
    name = pieces.name;
    isUnigram = pieces.isUnigram;
    vocabulary = pieces.vocabulary;
    scores = pieces.scores;
    types = pieces.types;
    this.preparation = preparation;
    this.ends = ends;
    this.attributes = attributes;
  }

  /// The pieces of a file.
  static final class Pieces {
    private final String name;
    private final boolean isUnigram;
    private final Vocabulary vocabulary;
    private final float[] scores;
    private final PieceType[] types;

    /// @param name the file, for messages
    /// @param isUnigram whether pieces are chosen by the sum of their scores, else by merging
    /// @param vocabulary all pieces, whatever their type
    /// @param scores by id
    /// @param types by id
    Pieces(
        String name, boolean isUnigram, Vocabulary vocabulary, float[] scores, PieceType[] types) {
      this.name = name;
      this.isUnigram = isUnigram;
      this.vocabulary = vocabulary;
      this.scores = scores;
      this.types = types;
    }
  }

  /// @param map the compiled character map in Base64, empty if there is none
  /// @param prefixed whether a space is put before text
  /// @param trimmed whether spaces at the ends go and runs of them are one
  /// @param escaped whether spaces are written as `▁`
  /// @param scheme which texts the space is put before, by `prepend_scheme` of Metaspace, where
  ///   that is not every text
  /// @param library what SentencePiece's own library does otherwise than llama.cpp, if that is to
  ///   be done
  record Preparation(
      String map,
      boolean prefixed,
      boolean trimmed,
      boolean escaped,
      Optional<String> scheme,
      Optional<Library> library) {}

  /// What counts for SentencePiece's own library only. It leaves the symbols of users in the text
  /// and sees to it that nothing changes or cuts them; llama.cpp cuts the text at them first.
  ///
  /// @param suffixed whether the space that is put before text comes behind it
  /// @param symbols the ids of the symbols
  /// @param unknown what the unknown token is in texts
  record Library(boolean suffixed, BitSet symbols, String unknown) {}

  /// Ids, -1 where there is none, and whether texts are framed with them.
  record Ends(int begin, int end, int unknown, boolean addsBegin, boolean addsEnd) {}

  TokenizerParts parts() {
    addTokens();
    prepare();
    ByteFallback bytes =
        preparation.library.isPresent()
            ? ByteFallback.of(vocabulary, types)
            : ByteFallback.of(vocabulary);
    skeleton.spaceDecoders(preparation.prefixed, bytes.id((byte) 0) >= 0);
    skeleton.frame(
        vocabulary,
        ends.addsBegin && ends.begin >= 0 ? List.of(ends.begin) : List.of(),
        ends.addsEnd && ends.end >= 0 ? List.of(ends.end) : List.of());
    var root = new JsonField(name, "", skeleton.root);
    byte[] config =
        TokenizerJson.write(
            TokenizerJson.config(
                ends.end < 0 ? "" : vocabulary.piece(ends.end),
                ends.begin < 0 ? "" : vocabulary.piece(ends.begin)));
    Written written = isUnigram ? unigram(bytes) : bytePairs(bytes);
    return new TokenizerParts(
        new TokenizerSource(name, written.json, Optional.of(config)),
        vocabulary,
        added,
        normalization(root),
        PreTokenizerReader.read(root.find("pre_tokenizer")),
        written.model,
        PostProcessorReader.read(root.find("post_processor"), vocabulary.size()),
        decoding(root, bytes),
        BoundaryTokens.of(ends.begin, ends.end));
  }

  /// A model and how it is written.
  private record Written(PieceModel model, java.util.function.Supplier<byte[]> json) {}

  private void addTokens() {
    for (int id = 0; id < types.length; id++) {
      String content = vocabulary.modelPiece(id);
      if (types[id].isAdded() && !content.isEmpty()) {
        var token = new AddedToken(id, content, types[id].isSpecial(), attributes.of(content));
        if (!isSymbol(id)) {
          added.add(token);
        }
        skeleton.addToken(token);
        vocabulary.putAdded(content, id);
      }
    }
  }

  private void prepare() {
    if (!preparation.map.isEmpty()) {
      skeleton.normalizer("Precompiled").put("precompiled_charsmap", preparation.map);
    }
    if (preparation.trimmed) {
      skeleton.replace("Regex", "\\A +| +\\z", "");
      skeleton.replace("Regex", " {2,}", " ");
    }
    String space = preparation.escaped ? SpaceBorder.STAND_IN : " ";
    boolean isSuffixed = preparation.library.map(Library::suffixed).orElse(false);
    if (preparation.scheme.isPresent()) {
      var metaspace = skeleton.preTokenizer("Metaspace").put("replacement", SpaceBorder.STAND_IN);
      metaspace.put("prepend_scheme", preparation.scheme.get()).put("split", false);
    } else if (preparation.prefixed && !isSuffixed) {
      skeleton.normalizer("Prepend").put("prepend", space);
    }
    if (preparation.escaped) {
      skeleton.replace("String", " ", space);
    }
    if (preparation.escaped && preparation.trimmed) {
      // SentencePiece trims the end after spaces have become this, so what the text has of it goes.
      skeleton.replace("Regex", SpaceBorder.STAND_IN + "+\\z", "");
    }
    if (preparation.prefixed && isSuffixed) {
      skeleton.replace("Regex", "\\z", space);
    }
  }

  private boolean isSymbol(int id) {
    return preparation.library.isPresent() && preparation.library.get().symbols.get(id);
  }

  private PrefixMatcher symbols() {
    if (preparation.library.isEmpty() || preparation.library.get().symbols.isEmpty()) {
      return PrefixMatcher.NONE;
    }
    var symbols = new PrefixMatcher();
    preparation.library.get().symbols.stream()
        .forEach(id -> symbols.add(vocabulary.modelBytes(id), id));
    return symbols;
  }

  private TextNormalizer normalization(JsonField root) {
    if (preparation.library.isEmpty()) {
      return NormalizerReader.read(root.find("normalizer")).withLongestMatches();
    }
    CharacterMap map =
        preparation.map.isEmpty()
            ? CharacterMap.empty()
            : CharacterMap.read(Base64.getDecoder().decode(preparation.map)).longest();
    var spaces =
        new SentencePieceNormalizer.Spaces(
            preparation.prefixed,
            preparation.library.get().suffixed,
            preparation.trimmed,
            preparation.escaped);
    return new TextNormalizer(
        List.of(new TextNormalizer.Pieces(new SentencePieceNormalizer(map, symbols(), spaces))));
  }

  private PieceDecoder decoding(JsonField root, ByteFallback bytes) {
    if (preparation.library.isEmpty()) {
      return DecoderReader.read(root.find("decoder"));
    }
    var steps = new ArrayList<PieceDecoder.Step>();
    if (ends.unknown >= 0) {
      steps.add(
          new PieceDecoder.Surface(
              vocabulary.modelPiece(ends.unknown), preparation.library.get().unknown));
    }
    if (bytes.id((byte) 0) >= 0) {
      steps.add(new PieceDecoder.Bytes());
    }
    if (preparation.prefixed || preparation.trimmed) {
      steps.add(new PieceDecoder.FirstSpace(SpaceBorder.STAND_IN, preparation.trimmed));
    }
    steps.add(new PieceDecoder.Replace(TextPattern.literal(SpaceBorder.STAND_IN), " "));
    return new PieceDecoder(List.copyOf(steps), List.of(), false);
  }

  private Written bytePairs(ByteFallback bytes) {
    var mergeable = new boolean[types.length];
    for (int id = 0; id < types.length; id++) {
      mergeable[id] =
          !isSymbol(id) && (types[id] == PieceType.NORMAL || types[id] == PieceType.USER_DEFINED);
    }
    BitSet whole = preparation.library.map(Library::symbols).orElse(new BitSet());
    var merges = ScoredMerges.of(vocabulary, scores, mergeable, whole);
    var options =
        new BytePairSymbols.Options(
            false, false, ends.unknown, true, BytePairSymbols.Affixes.NONE, symbols());
    var symbols = new BytePairSymbols(vocabulary::modelId, bytes, options, merges.unwritten());
    return new Written(
        new BytePairModel(symbols, merges.table(), SpaceBorder.of(vocabulary)),
        () -> ModelWriter.bytePairs(skeleton, vocabulary, merges.table(), options));
  }

  private Written unigram(ByteFallback bytes) {
    var trie = new PieceTrie();
    var sums = new double[scores.length];
    double least = Double.POSITIVE_INFINITY;
    for (int id = 0; id < types.length; id++) {
      sums[id] = types[id] == PieceType.NORMAL ? scores[id] : 0;
      if (types[id] == PieceType.NORMAL) {
        least = Math.min(least, scores[id]);
      }
      if (types[id] == PieceType.NORMAL || types[id] == PieceType.USER_DEFINED) {
        trie.add(vocabulary.modelBytes(id), id);
      }
    }
    if (preparation.library.isPresent()) {
      for (int id = 0; id < types.length; id++) {
        if (types[id] == PieceType.USER_DEFINED) {
          sums[id] = (float) (0.1 * (vocabulary.modelBytes(id).length - 1));
        }
      }
    }
    double unknownScore = least - UnigramModel.UNKNOWN_PENALTY;
    var unknown = new UnigramModel.Unknown(ends.unknown, unknownScore, bytes);
    boolean single = preparation.library.isPresent();
    return new Written(
        new UnigramModel(trie, sums, unknown, single),
        () -> ModelWriter.unigram(skeleton, vocabulary, scores, ends.unknown));
  }
}
