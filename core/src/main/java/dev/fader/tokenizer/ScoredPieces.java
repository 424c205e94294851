package dev.fader.tokenizer;

import dev.fader.tokenizer.pattern.TextPattern;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// A SentencePiece model, as a `tokenizer.model` or a GGUF file holds it: pieces with scores and
/// types, and how text is prepared for them.
final class ScoredPieces {
  private final String name;
  private final boolean isUnigram;
  private final Vocabulary vocabulary;
  private final float[] scores;
  private final PieceType[] types;
  private final Preparation preparation;
  private final Ends ends;
  private final TokenAttributes attributes;
  private final List<AddedToken> added = new ArrayList<>();
  private final Skeleton skeleton = new Skeleton();

  ScoredPieces(Pieces pieces, Preparation preparation, Ends ends, TokenAttributes attributes) {
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
        PreTokenizerFile.read(root.find("pre_tokenizer")),
        written.model,
        Frame.read(root.find("post_processor"), vocabulary.size()),
        decoding(root, bytes),
        TextEnds.of(ends.begin, ends.end));
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
    String space = preparation.escaped ? Skeleton.SPACE : " ";
    boolean isSuffixed = preparation.library.map(Library::suffixed).orElse(false);
    if (preparation.scheme.isPresent()) {
      var metaspace = skeleton.preTokenizer("Metaspace").put("replacement", Skeleton.SPACE);
      metaspace.put("prepend_scheme", preparation.scheme.get()).put("split", false);
    } else if (preparation.prefixed && !isSuffixed) {
      skeleton.normalizer("Prepend").put("prepend", space);
    }
    if (preparation.escaped) {
      skeleton.replace("String", " ", space);
    }
    if (preparation.escaped && preparation.trimmed) {
      // SentencePiece trims the end after spaces have become this, so what the text has of it goes.
      skeleton.replace("Regex", Skeleton.SPACE + "+\\z", "");
    }
    if (preparation.prefixed && isSuffixed) {
      skeleton.replace("Regex", "\\z", space);
    }
  }

  private boolean isSymbol(int id) {
    return preparation.library.isPresent() && preparation.library.get().symbols.get(id);
  }

  private SymbolMatcher symbols() {
    if (preparation.library.isEmpty() || preparation.library.get().symbols.isEmpty()) {
      return SymbolMatcher.NONE;
    }
    var symbols = new SymbolMatcher();
    preparation.library.get().symbols.stream()
        .forEach(id -> symbols.add(vocabulary.modelBytes(id), id));
    return symbols;
  }

  private Normalization normalization(JsonField root) {
    if (preparation.library.isEmpty()) {
      return NormalizationFile.read(root.find("normalizer")).withLongestMatches();
    }
    CharacterMap map =
        preparation.map.isEmpty()
            ? CharacterMap.empty()
            : CharacterMap.read(Base64.getDecoder().decode(preparation.map)).longest();
    var spaces =
        new PieceText.Spaces(
            preparation.prefixed,
            preparation.library.get().suffixed,
            preparation.trimmed,
            preparation.escaped);
    return new Normalization(
        List.of(new Normalization.Pieces(new PieceText(map, symbols(), spaces))));
  }

  private PieceDecoding decoding(JsonField root, ByteFallback bytes) {
    if (preparation.library.isEmpty()) {
      return DecoderFile.read(root.find("decoder"));
    }
    var steps = new ArrayList<PieceDecoding.Step>();
    if (ends.unknown >= 0) {
      steps.add(
          new PieceDecoding.Surface(
              vocabulary.modelPiece(ends.unknown), preparation.library.get().unknown));
    }
    if (bytes.id((byte) 0) >= 0) {
      steps.add(new PieceDecoding.Bytes());
    }
    if (preparation.prefixed || preparation.trimmed) {
      steps.add(new PieceDecoding.FirstSpace(Skeleton.SPACE, preparation.trimmed));
    }
    steps.add(new PieceDecoding.Replace(TextPattern.literal(Skeleton.SPACE), " "));
    return new PieceDecoding(List.copyOf(steps), List.of(), false);
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
        () -> ModelJson.bytePairs(skeleton, vocabulary, merges.table(), options));
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
        () -> ModelJson.unigram(skeleton, vocabulary, scores, ends.unknown));
  }
}
