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

/// Text to token ids and back. A tokenizer is what its `tokenizer.json` says, the format of Hugging
/// Face's `tokenizers` library, and gives the same ids as that library; those made here are written
/// in that format, too.
///
/// Immutable and safe to share between threads. Encoding takes time linear in the text, times the
/// logarithm of the longest word.
///
/// A surrogate without its partner, which cannot be written in UTF-8, is encoded as U+FFFD.
public final class Tokenizer {
  /// The token between documents, in every tokenizer that is made here.
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

  /// The tokenizer of the characters (code points) that stand in these documents, in their order in
  /// Unicode, and after them [#END_OF_TEXT]. It has no unknown token: encoding a character that the
  /// documents lack is an error that names it.
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

  /// Trains byte-level BPE on these documents, cutting words as GPT-4 does: ids 0 to 255 are the
  /// bytes, then come the pieces in the order in which they were learned, last [#END_OF_TEXT]. The
  /// same documents give the same tokenizer; pairs that are equally frequent are merged in the
  /// order of their ids. A small corpus may give a smaller vocabulary than was asked for.
  public static Tokenizer trainBytePairs(BytePairTraining settings, Iterable<String> documents) {
    var trainer = new BytePairTrainer(settings.vocabularySize(), settings.minimumCount());
    for (String document : documents) {
      trainer.count(document);
    }
    return of(TokenizerJson.ofBytePairs(trainer.merges()));
  }

  /// Reads a `tokenizer.json`, a SentencePiece `tokenizer.model`, the tokenizer of a `.gguf` file,
  /// or that of a model directory: the first of `tokenizer.json`, `tokenizer.model`, `vocab.json`
  /// with `merges.txt`, `vocab.txt`. The `tokenizer_config.json` beside it counts where there is
  /// one.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws dev.fader.tokenizer.error.TokenizerException if it is not valid, or uses something
  ///   that Fader does not know
  public static Tokenizer load(Path directoryOrFile) throws IOException {
    return new Tokenizer(TokenizerReader.read(directoryOrFile));
  }

  /// The tokenizer of a model directory, if it has one.
  ///
  /// @throws IOException if a file cannot be read
  /// @throws dev.fader.tokenizer.error.TokenizerException if it is not valid, or uses something
  ///   that Fader does not know
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

  /// Whether the metadata of a GGUF file describes a tokenizer. Files of models that take ids only
  /// say so, or nothing.
  public static boolean isIn(GgufMetadata metadata) {
    return metadata.has("tokenizer.ggml.tokens");
  }

  /// The tokenizer that the metadata of a GGUF file describes. It needs the file no longer once it
  /// is made.
  ///
  /// @throws dev.fader.tokenizer.error.TokenizerException if it is not valid, or uses something
  ///   that Fader does not know
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

  /// Writes `tokenizer.json` and `tokenizer_config.json` into the directory, which is made if it is
  /// not there. Each file is written whole or not at all.
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

  /// Adds what the metadata of a GGUF file says of this tokenizer, apart from which ids begin and
  /// end texts. It is read back and tried on texts: what comes out gives the same ids.
  ///
  /// @param size how many tokens the model has
  /// @throws dev.fader.tokenizer.error.TokenizerException if GGUF cannot express what the tokenizer
  ///   does; the message names the step
  public void describe(dev.fader.format.GgufMetadataBuilder fields, int size) {
    GgufTokenizerWriter.write(
        parts, size, fields, written -> new RoundTripCheck(this).difference(of(written)));
  }

  /// One more than the largest id.
  public int vocabularySize() {
    return vocabulary.size();
  }

  /// The ids of the text. Special tokens in it are text like any other; none are added.
  ///
  /// @throws dev.fader.tokenizer.error.TokenizerException if a character cannot be written in this
  ///   vocabulary
  public int[] encode(String text) {
    return encode(text, SpecialTokens.AS_TEXT);
  }

  /// The ids of the text. None are added before or after it; for those see [#withSpecialTokens].
  ///
  /// @throws dev.fader.tokenizer.error.TokenizerException if a character cannot be written in this
  ///   vocabulary
  public int[] encode(String text, SpecialTokens specials) {
    return pipeline.encode(text, specials == SpecialTokens.AS_TOKENS);
  }

  /// The ids of a whole text with the special tokens before and after it that the tokenizer asks
  /// for, such as `<s>`: by its `post_processor`, by `add_bos_token` and `add_eos_token` in
  /// `tokenizer_config.json`, or by the flags of a GGUF file.
  public int[] withSpecialTokens(int[] ids) {
    return postProcessor.around(ids);
  }

  /// The ids of the beginning of a text, which a model goes on from: with the special tokens before
  /// it, and none after it.
  public int[] withPrefixTokens(int[] ids) {
    return PostProcessor.of(postProcessor.before(), new int[0]).around(ids);
  }

  /// The special tokens that the tokenizer puts before every text; often one, or none.
  public int[] prefixTokens() {
    return postProcessor.before();
  }

  /// The special tokens that the tokenizer puts after every text; mostly none.
  public int[] suffixTokens() {
    return postProcessor.after();
  }

  /// The bytes that `id` adds to a text.
  ///
  /// @throws IllegalArgumentException if the id is not in the vocabulary
  public byte[] bytes(int id) {
    return bytes(id, PieceDecoder.Place.WITHIN);
  }

  byte[] bytes(int id, PieceDecoder.Place place) {
    return decoding.bytes(vocabulary.piece(check(id)), vocabulary.isAdded(id), place);
  }

  /// The piece with this id as `tokenizer.json` writes it, such as `Ġthe`; empty for an id that the
  /// file leaves out.
  ///
  /// @throws IllegalArgumentException if the id is not in the vocabulary
  public String piece(int id) {
    return vocabulary.piece(check(id));
  }

  /// The id of a piece as `tokenizer.json` writes it, if there is one.
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

  /// The token that begins a document. In tokenizers made here it is the one that ends the document
  /// before.
  public OptionalInt beginOfText() {
    return ends.begin();
  }

  /// A SHA-256 of all that decides about ids and texts, in hexadecimal digits. It does not change
  /// by saving and loading, nor with white space and the order of members in the file.
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
