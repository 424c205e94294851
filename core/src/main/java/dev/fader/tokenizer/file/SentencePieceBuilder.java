package dev.fader.tokenizer.file;

import dev.fader.tokenizer.model.ByteFallback;
import dev.fader.tokenizer.model.BytePairModel;
import dev.fader.tokenizer.model.BytePairSymbols;
import dev.fader.tokenizer.model.PieceModel;
import dev.fader.tokenizer.model.PieceTrie;
import dev.fader.tokenizer.model.PieceType;
import dev.fader.tokenizer.model.PrefixMatcher;
import dev.fader.tokenizer.model.ScoredMerges;
import dev.fader.tokenizer.model.SpaceSymbol;
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

/// A SentencePiece model, from a `tokenizer.model` or a GGUF file: pieces with scores and types,
/// and how text is normalized.
final class SentencePieceBuilder {
  private final String name;
  private final boolean isUnigram;
  private final Vocabulary vocabulary;
  private final float[] scores;
  private final PieceType[] types;
  private final NormalizerSpec spec;
  private final SpecialIds ids;
  private final TokenAttributes attributes;
  private final List<AddedToken> added = new ArrayList<>();
  private final TokenizerJsonBuilder builder = new TokenizerJsonBuilder();

  SentencePieceBuilder(
      Pieces pieces, NormalizerSpec spec, SpecialIds ids, TokenAttributes attributes) {
    name = pieces.name;
    isUnigram = pieces.isUnigram;
    vocabulary = pieces.vocabulary;
    scores = pieces.scores;
    types = pieces.types;
    this.spec = spec;
    this.ids = ids;
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
    /// @param isUnigram whether pieces are chosen by the sum of their scores rather than by merging
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
  /// @param prefixed whether a space is prepended to text
  /// @param trimmed whether spaces at the ends are removed and runs of spaces collapsed
  /// @param escaped whether spaces are written as `▁`
  /// @param scheme which texts get the space, as `prepend_scheme` of Metaspace, if not all do
  /// @param library how SentencePiece's own library differs from llama.cpp, if it is to be followed
  record NormalizerSpec(
      String map,
      boolean prefixed,
      boolean trimmed,
      boolean escaped,
      Optional<String> scheme,
      Optional<LibraryBehavior> library) {}

  /// Behavior of SentencePiece's own library only: it keeps user-defined symbols in the text and
  /// protects them from normalization and splitting, where llama.cpp cuts the text at them first.
  ///
  /// @param suffixed whether the space goes after the text instead of before it
  /// @param symbols the ids of the user-defined symbols
  /// @param unknown what the unknown token decodes to
  record LibraryBehavior(boolean suffixed, BitSet symbols, String unknown) {}

  /// Special token ids, -1 for none, and whether they are added to texts.
  record SpecialIds(int begin, int end, int unknown, boolean addsBegin, boolean addsEnd) {}

  TokenizerParts parts() {
    addTokens();
    prepare();
    ByteFallback bytes =
        spec.library.isPresent() ? ByteFallback.of(vocabulary, types) : ByteFallback.of(vocabulary);
    builder.spaceDecoders(spec.prefixed, bytes.id((byte) 0) >= 0);
    builder.postProcessor(
        vocabulary,
        ids.addsBegin && ids.begin >= 0 ? List.of(ids.begin) : List.of(),
        ids.addsEnd && ids.end >= 0 ? List.of(ids.end) : List.of());
    var root = new JsonField(name, "", builder.root);
    byte[] config =
        TokenizerJson.write(
            TokenizerJson.config(
                ids.end < 0 ? "" : vocabulary.piece(ids.end),
                ids.begin < 0 ? "" : vocabulary.piece(ids.begin)));
    ModelAndJson modelAndJson = isUnigram ? unigram(bytes) : bytePairs(bytes);
    return new TokenizerParts(
        new TokenizerFiles(name, modelAndJson.json, Optional.of(config)),
        vocabulary,
        added,
        normalization(root),
        PreTokenizerReader.read(root.find("pre_tokenizer")),
        modelAndJson.model,
        PostProcessorReader.read(root.find("post_processor"), vocabulary.size()),
        decoding(root, bytes),
        BoundaryTokens.of(ids.begin, ids.end));
  }

  /// A model and its JSON.
  private record ModelAndJson(PieceModel model, java.util.function.Supplier<byte[]> json) {}

  private void addTokens() {
    for (int id = 0; id < types.length; id++) {
      String content = vocabulary.modelPiece(id);
      if (types[id].isAdded() && !content.isEmpty()) {
        var token = new AddedToken(id, content, types[id].isSpecial(), attributes.of(content));
        if (!isSymbol(id)) {
          added.add(token);
        }
        builder.addToken(token);
        vocabulary.putAdded(content, id);
      }
    }
  }

  private void prepare() {
    if (!spec.map.isEmpty()) {
      builder.normalizer("Precompiled").put("precompiled_charsmap", spec.map);
    }
    if (spec.trimmed) {
      builder.replace("Regex", "\\A +| +\\z", "");
      builder.replace("Regex", " {2,}", " ");
    }
    String space = spec.escaped ? SpaceSymbol.TEXT : " ";
    boolean isSuffixed = spec.library.map(LibraryBehavior::suffixed).orElse(false);
    if (spec.scheme.isPresent()) {
      var metaspace = builder.preTokenizer("Metaspace").put("replacement", SpaceSymbol.TEXT);
      metaspace.put("prepend_scheme", spec.scheme.get()).put("split", false);
    } else if (spec.prefixed && !isSuffixed) {
      builder.normalizer("Prepend").put("prepend", space);
    }
    if (spec.escaped) {
      builder.replace("String", " ", space);
    }
    if (spec.escaped && spec.trimmed) {
      // SentencePiece trims the end after escaping spaces, so `▁` in the text itself is removed
      // too.
      builder.replace("Regex", SpaceSymbol.TEXT + "+\\z", "");
    }
    if (spec.prefixed && isSuffixed) {
      builder.replace("Regex", "\\z", space);
    }
  }

  private boolean isSymbol(int id) {
    return spec.library.isPresent() && spec.library.get().symbols.get(id);
  }

  private PrefixMatcher symbols() {
    if (spec.library.isEmpty() || spec.library.get().symbols.isEmpty()) {
      return PrefixMatcher.NONE;
    }
    var symbols = new PrefixMatcher();
    spec.library.get().symbols.stream().forEach(id -> symbols.add(vocabulary.modelBytes(id), id));
    return symbols;
  }

  private TextNormalizer normalization(JsonField root) {
    if (spec.library.isEmpty()) {
      return NormalizerReader.read(root.find("normalizer")).withLongestMatches();
    }
    CharacterMap map =
        spec.map.isEmpty()
            ? CharacterMap.empty()
            : CharacterMap.read(Base64.getDecoder().decode(spec.map)).longest();
    var spaces =
        new SentencePieceNormalizer.Spaces(
            spec.prefixed, spec.library.get().suffixed, spec.trimmed, spec.escaped);
    return new TextNormalizer(
        List.of(
            new TextNormalizer.SentencePiece(new SentencePieceNormalizer(map, symbols(), spaces))));
  }

  private PieceDecoder decoding(JsonField root, ByteFallback bytes) {
    if (spec.library.isEmpty()) {
      return DecoderReader.read(root.find("decoder"));
    }
    var steps = new ArrayList<PieceDecoder.Step>();
    if (ids.unknown >= 0) {
      steps.add(
          new PieceDecoder.UnknownSurface(
              vocabulary.modelPiece(ids.unknown), spec.library.get().unknown));
    }
    if (bytes.id((byte) 0) >= 0) {
      steps.add(new PieceDecoder.Bytes());
    }
    if (spec.prefixed || spec.trimmed) {
      steps.add(new PieceDecoder.DummyPrefix(SpaceSymbol.TEXT, spec.trimmed));
    }
    steps.add(new PieceDecoder.Replace(TextPattern.literal(SpaceSymbol.TEXT), " "));
    return new PieceDecoder(List.copyOf(steps), List.of(), false);
  }

  private ModelAndJson bytePairs(ByteFallback bytes) {
    var mergeable = new boolean[types.length];
    for (int id = 0; id < types.length; id++) {
      mergeable[id] =
          !isSymbol(id) && (types[id] == PieceType.NORMAL || types[id] == PieceType.USER_DEFINED);
    }
    BitSet whole = spec.library.map(LibraryBehavior::symbols).orElse(new BitSet());
    var merges = ScoredMerges.of(vocabulary, scores, mergeable, whole);
    var options =
        new BytePairSymbols.Options(
            false, false, ids.unknown, true, BytePairSymbols.Affixes.NONE, symbols());
    var symbols =
        new BytePairSymbols(vocabulary::modelId, bytes, options, merges.outOfVocabulary());
    return new ModelAndJson(
        new BytePairModel(symbols, merges.table(), SpaceSymbol.of(vocabulary)),
        () -> ModelWriter.bytePairs(builder, vocabulary, merges.table(), options));
  }

  private ModelAndJson unigram(ByteFallback bytes) {
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
    if (spec.library.isPresent()) {
      for (int id = 0; id < types.length; id++) {
        if (types[id] == PieceType.USER_DEFINED) {
          sums[id] = (float) (0.1 * (vocabulary.modelBytes(id).length - 1));
        }
      }
    }
    double unknownScore = least - UnigramModel.UNKNOWN_PENALTY;
    var unknown = new UnigramModel.Unknown(ids.unknown, unknownScore, bytes);
    boolean single = spec.library.isPresent();
    return new ModelAndJson(
        new UnigramModel(trie, sums, unknown, single),
        () -> ModelWriter.unigram(builder, vocabulary, scores, ids.unknown));
  }
}
