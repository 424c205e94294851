package dev.fader.tokenizer;

import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadata;
import dev.fader.tokenizer.file.Fingerprint;
import dev.fader.tokenizer.file.GgufTokenizerReader;
import dev.fader.tokenizer.file.GgufTokenizerWriter;
import dev.fader.tokenizer.file.TokenizerFiles;
import dev.fader.tokenizer.file.TokenizerJson;
import dev.fader.tokenizer.file.TokenizerJsonReader;
import dev.fader.tokenizer.file.TokenizerParts;
import dev.fader.tokenizer.file.TokenizerReader;
import dev.fader.tokenizer.model.Vocabulary;
import dev.fader.tokenizer.pattern.Utf8;
import dev.fader.tokenizer.pipeline.BoundaryTokens;
import dev.fader.tokenizer.pipeline.PieceDecoder;
import dev.fader.tokenizer.pipeline.PostProcessor;
import dev.fader.tokenizer.pipeline.TextPipeline;
import dev.fader.tokenizer.training.BytePairTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import tools.jackson.databind.node.ObjectNode;

/// Converts text to token ids and back. Reads the `tokenizer.json` of Hugging Face's `tokenizers`
/// library and gives the same ids as that library; tokenizers made here are saved in the same
/// format.
///
/// Immutable and safe to share between threads. Encoding takes time linear in the text, times the
/// logarithm of the longest word.
///
/// A surrogate without its partner, which cannot be written in UTF-8, is encoded as U+FFFD.
public final class Tokenizer {
  /// The token between documents in every tokenizer made here.
  public static final String END_OF_TEXT = TokenizerJson.END_OF_TEXT;

  private final TokenizerParts parts;
  private final TokenizerFiles source;
  private final Vocabulary vocabulary;
  private final BoundaryTokens ends;
  private final TextPipeline pipeline;
  private final PostProcessor postProcessor;
  private final PieceDecoder decoding;

  private Tokenizer(TokenizerParts parts) {
    this.parts = parts;
    source = parts.source();
    vocabulary = parts.vocabulary();
    ends = parts.ends();
    pipeline =
        new TextPipeline(parts.added(), parts.normalization(), parts.preTokenizer(), parts.model());
    postProcessor = parts.postProcessor();
    decoding = parts.decoding();
  }

  /// The tokenizer of bytes: id b is byte b, id 256 is [#END_OF_TEXT].
  public static Tokenizer bytes() {
    return of(TokenizerJson.ofBytes());
  }

  /// The tokenizer of the characters (code points) in these documents, in Unicode order, followed
  /// by [#END_OF_TEXT]. It has no unknown token: encoding any other character is an error that
  /// names it.
  public static Tokenizer characters(Iterable<String> documents) {
    var characters = new BitSet(Character.MAX_CODE_POINT + 1);
    for (String document : documents) {
      byte[] text = Utf8.bytes(document);
      for (int at = 0; at < text.length; at += Utf8.length(text, at)) {
        characters.set(Utf8.codePoint(text, at));
      }
    }
    return of(TokenizerJson.ofCharacters(characters.stream().toArray()));
  }

  /// Trains byte-level BPE on these documents, splitting words as GPT-4 does: ids 0 to 255 are the
  /// bytes, then come the pieces in the order they were learned, last [#END_OF_TEXT].
  /// Deterministic; equally frequent pairs are merged in the order of their ids. A small corpus may
  /// give a smaller vocabulary than requested.
  public static Tokenizer trainBytePairs(BytePairTraining settings, Iterable<String> documents) {
    var trainer = new BytePairTrainer(settings.vocabularySize(), settings.minimumCount());
    for (String document : documents) {
      trainer.count(document);
    }
    return of(TokenizerJson.ofBytePairs(trainer.merges()));
  }

  /// Reads a `tokenizer.json`, a SentencePiece `tokenizer.model`, the tokenizer of a `.gguf` file,
  /// or that of a model directory: the first of `tokenizer.json`, `tokenizer.model`, `vocab.json`
  /// with `merges.txt`, `vocab.txt`. A `tokenizer_config.json` beside it is read too.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws dev.fader.tokenizer.error.TokenizerException if it is invalid or uses an unsupported
  ///   feature
  public static Tokenizer load(Path directoryOrFile) throws IOException {
    return new Tokenizer(TokenizerReader.read(directoryOrFile));
  }

  /// The tokenizer of a model directory, if there is one.
  ///
  /// @throws IOException if a file cannot be read
  /// @throws dev.fader.tokenizer.error.TokenizerException if it is invalid or uses an unsupported
  ///   feature
  public static Optional<Tokenizer> find(Path directory) throws IOException {
    return TokenizerReader.isIn(directory) ? Optional.of(load(directory)) : Optional.empty();
  }

  /// Whether a model directory or a GGUF file has a tokenizer.
  ///
  /// @throws IOException if the file cannot be read
  public static boolean isIn(Path model) throws IOException {
    if (Files.isDirectory(model)) {
      return TokenizerReader.isIn(model);
    }
    try (var file = GgufFile.open(model)) {
      return isIn(file.metadata());
    }
  }

  /// Whether the metadata of a GGUF file describes a tokenizer. Files of models that only take ids
  /// have none.
  public static boolean isIn(GgufMetadata metadata) {
    return metadata.has("tokenizer.ggml.tokens");
  }

  /// The tokenizer that the metadata of a GGUF file describes. The file may be closed afterwards.
  ///
  /// @throws dev.fader.tokenizer.error.TokenizerException if it is invalid or uses an unsupported
  ///   feature
  public static Tokenizer of(GgufMetadata metadata) {
    return new Tokenizer(GgufTokenizerReader.read(metadata));
  }

  private static Tokenizer of(ObjectNode json) {
    byte[] config = TokenizerJson.write(TokenizerJson.config(END_OF_TEXT, END_OF_TEXT));
    return new Tokenizer(
        TokenizerJsonReader.read(
            new TokenizerFiles(
                TokenizerFiles.TOKENIZER, TokenizerJson.write(json), Optional.of(config))));
  }

  /// Writes `tokenizer.json` and `tokenizer_config.json` into the directory, creating it if
  /// necessary. Each file is written atomically.
  ///
  /// @throws IOException if they cannot be written
  public void save(Path directory) throws IOException {
    for (var file : files().entrySet()) {
      DurableFile.write(directory.resolve(file.getKey()), file.getValue());
    }
  }

  /// The files that [#save] writes, by name.
  public SequencedMap<String, FileContent> files() {
    return source.files(
        TokenizerJson.write(TokenizerJson.config(name(ends.end()), name(ends.begin()))));
  }

  /// Adds this tokenizer to the metadata of a GGUF file, except which ids begin and end texts. The
  /// metadata is read back and checked on probe texts to give the same ids.
  ///
  /// @param size how many tokens the model has
  /// @throws dev.fader.tokenizer.error.TokenizerException if GGUF cannot express a step of the
  ///   tokenizer; the message names it
  public void describe(dev.fader.format.GgufMetadataBuilder fields, int size) {
    GgufTokenizerWriter.write(
        parts, size, fields, written -> new RoundTripCheck(this).difference(of(written)));
  }

  /// One more than the largest id.
  public int vocabularySize() {
    return vocabulary.size();
  }

  /// The ids of the text. Special tokens in it are encoded as ordinary text; none are added.
  ///
  /// @throws dev.fader.tokenizer.error.TokenizerException if a character cannot be written in this
  ///   vocabulary
  public int[] encode(String text) {
    return encode(text, SpecialTokens.AS_TEXT);
  }

  /// The ids of the text. None are added before or after it; see [#withSpecialTokens].
  ///
  /// @throws dev.fader.tokenizer.error.TokenizerException if a character cannot be written in this
  ///   vocabulary
  public int[] encode(String text, SpecialTokens specials) {
    return pipeline.encode(text, specials == SpecialTokens.AS_TOKENS);
  }

  /// The ids of a whole text with the special tokens that the tokenizer adds before and after it,
  /// such as `<s>`: by its `post_processor`, by `add_bos_token` and `add_eos_token` in
  /// `tokenizer_config.json`, or by the flags of a GGUF file.
  public int[] withSpecialTokens(int[] ids) {
    return postProcessor.around(ids);
  }

  /// The ids of a prompt: with the special tokens added before a text, but not those after it.
  public int[] withPrefixTokens(int[] ids) {
    return PostProcessor.of(postProcessor.before(), new int[0]).around(ids);
  }

  /// The special tokens added before every text; often one or none.
  public int[] prefixTokens() {
    return postProcessor.before();
  }

  /// The special tokens added after every text; usually none.
  public int[] suffixTokens() {
    return postProcessor.after();
  }

  /// The bytes that `id` decodes to.
  ///
  /// @throws IllegalArgumentException if the id is not in the vocabulary
  public byte[] bytes(int id) {
    return bytes(id, PieceDecoder.PieceContext.WITHIN);
  }

  byte[] bytes(int id, PieceDecoder.PieceContext place) {
    return decoding.bytes(vocabulary.piece(check(id)), vocabulary.isAdded(id), place);
  }

  /// The piece with this id as `tokenizer.json` spells it, such as `Ġthe`; empty for an id without
  /// a piece.
  ///
  /// @throws IllegalArgumentException if the id is not in the vocabulary
  public String piece(int id) {
    return vocabulary.piece(check(id));
  }

  /// Whether this is an added token, which stands beside the vocabulary of pieces: special ones,
  /// and others that are found in a text before all else.
  ///
  /// @throws IllegalArgumentException if the id is not in the vocabulary
  public boolean isAdded(int id) {
    return vocabulary.isAdded(check(id));
  }

  /// The id of a piece as `tokenizer.json` spells it, if there is one.
  public OptionalInt id(String piece) {
    return vocabulary.id(piece);
  }

  /// The text of the ids, special tokens included. Bytes that are not UTF-8 become U+FFFD.
  ///
  /// @throws IllegalArgumentException if an id is not in the vocabulary
  public String decode(int[] ids) {
    var stream = textStream();
    var text = new StringBuilder();
    for (int id : ids) {
      text.append(stream.accept(id));
    }
    return text.append(stream.flush()).toString();
  }

  /// Decodes id by id, as they are generated.
  public TextStream textStream() {
    return new TextStream(this);
  }

  /// The token that ends a document.
  public OptionalInt endOfText() {
    return ends.end();
  }

  /// The token that begins a document. In tokenizers made here it is the one that ends the previous
  /// document.
  public OptionalInt beginOfText() {
    return ends.begin();
  }

  /// A SHA-256, in hexadecimal, of everything that affects ids and decoded text. Saving and
  /// loading, white space and the order of members in the file do not change it.
  public String fingerprint() {
    return Fingerprint.of(source, ends, postProcessor);
  }

  TokenizerParts parts() {
    return parts;
  }

  PieceDecoder decoding() {
    return decoding;
  }

  private String name(OptionalInt id) {
    return id.isPresent() ? piece(id.getAsInt()) : "";
  }

  int check(int id) {
    if (id < 0 || id >= vocabulary.size()) {
      throw new IllegalArgumentException(
          "token id %d is not in the vocabulary: ids go from 0 to %d"
              .formatted(id, vocabulary.size() - 1));
    }
    return id;
  }
}
