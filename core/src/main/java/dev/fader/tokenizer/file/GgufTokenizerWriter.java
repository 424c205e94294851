package dev.fader.tokenizer.file;

import dev.fader.format.GgufMetadata;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.tokenizer.error.TokenizerException;
import dev.fader.tokenizer.model.ByteFallback;
import dev.fader.tokenizer.model.BytePairModel;
import dev.fader.tokenizer.model.MergeTable;
import dev.fader.tokenizer.model.PieceType;
import dev.fader.tokenizer.model.SpaceSymbol;
import dev.fader.tokenizer.pipeline.PreTokenizerStep;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;

/// Writes a tokenizer as the metadata of a GGUF file, `tokenizer.ggml.*`: byte-level BPE as `gpt2`,
/// other BPE as `llama`, unigram as `t5`.
///
/// Where a `tokenizer.json` has steps, GGUF has the name of a pre-tokenizer and a few flags. The
/// steps are compared with those of every name in [GgufPreTokenizer]; steps without a name or flag
/// are refused, and the result is read back and checked on probe texts.
///
/// Source: llama.cpp, `gguf-py/gguf/vocab.py` and `convert_hf_to_gguf.py`.
public final class GgufTokenizerWriter {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final String ADVICE =
      "; use the model as a directory, or give it a tokenizer without that";
  private static final long NO_TOKEN = 0xFFFFFFFFL;

  /// Fader's own keys where llama.cpp has none: whether text is normalized to NFC, and which texts
  /// get a space prepended (`prepend_scheme` of Metaspace).
  static final String COMPOSES_NFC = "fader.tokenizer.nfc";

  static final String PREPEND_SCHEME = "fader.tokenizer.prepend_scheme";

  /// How SentencePiece's removal of extra white space is written in a `tokenizer.json`.
  private static final Set<String> SPACE_RULES =
      Set.of(" {2,}", "\\A +| +\\z", SpaceSymbol.TEXT + "+\\z");

  private final TokenizerParts parts;
  private final JsonField root;
  private final JsonNode json;
  private final GgufMetadataBuilder fields;
  private final Check difference;
  private final GgufTokenTable table;

  private GgufTokenizerWriter(
      TokenizerParts parts, int size, GgufMetadataBuilder fields, Check difference) {
    this.parts = parts;
    this.difference = difference;
    this.root = parts.source().parsed();
    this.json = root.node();
    this.fields = fields;
    this.table = new GgufTokenTable(root.file(), size);
  }

  /// Adds to `fields` the tokenizer of a model with `size` tokens.
  ///
  /// @param difference how the tokenizer read back differs, if it does
  /// @throws TokenizerException if GGUF cannot express what the tokenizer does
  public static void write(
      TokenizerParts parts, int size, GgufMetadataBuilder fields, Check difference) {
    new GgufTokenizerWriter(parts, size, fields, difference).write();
  }

  /// Reads back the metadata and compares the tokenizers.
  @FunctionalInterface
  public interface Check {
    /// The difference, empty if there is none.
    Optional<String> apply(GgufMetadata written);
  }

  private void write() {
    var model = json.path("model");
    boolean isUnigram = model.path("type").asString("BPE").equals("Unigram");
    if (!isUnigram && !(parts.model() instanceof BytePairModel)) {
      throw inexpressible("model.type", "%s; BPE and Unigram it can".formatted(model.path("type")));
    }
    if (isUnigram) {
      writeUnigram(model);
    } else if (isByteLevel()) {
      writeBytePairs(model);
    } else {
      writeSentencePieces(model);
    }
  }

  private TokenizerException wrong(String field, String problem) {
    return new TokenizerException("%s: %s %s".formatted(root.file(), field, problem));
  }

  private TokenizerException inexpressible(String field, String what) {
    return wrong(field, "cannot be expressed in GGUF: " + what + ADVICE);
  }

  private List<JsonField> steps(String name, String sequenceOf) {
    return JsonField.flatten(root.find(name), sequenceOf);
  }

  private boolean isByteLevel() {
    List<JsonField> steps = steps("pre_tokenizer", "pretokenizers");
    return !steps.isEmpty() && steps.getLast().text("type").equals("ByteLevel");
  }

  /// Byte-level BPE.
  private void writeBytePairs(JsonNode model) {
    var pairs = (BytePairModel) parts.model();
    requireExpressible(pairs);
    boolean composesNfc = composesNfc();
    requireByteLevelLast();
    for (var entry : model.path("vocab").properties()) {
      table.put(entry.getValue().asInt(-1), entry.getKey(), PieceType.NORMAL);
    }
    table.addAll(parts.added(), "");
    var names =
        new ArrayList<>(
            GgufPreTokenizer.namesLike(
                parts.preTokenizer(), pairs.wordsMatter(parts.vocabulary())));
    if (names.isEmpty() && model.path("merges").isEmpty()) {
      names.add("gpt-2"); // without merges the splits do not affect the ids
    }
    if (names.isEmpty()) {
      throw inexpressible(
          "pre_tokenizer", "none of its pre-tokenizers splits text like " + describeSteps());
    }
    names.sort(
        Comparator.comparing(name -> preTokenizer(name).composesNfc() != composesNfc)); // stable
    writeTokens("gpt2");
    fields.int32s(PREFIX + "token_type", table.typeIds()).strings(PREFIX + "merges", merges(model));
    writeSettings();
    var differences = new ArrayList<String>();
    for (String name : names) {
      fields.text(PREFIX + "pre", name);
      if (preTokenizer(name).composesNfc() != composesNfc) {
        fields.bool(COMPOSES_NFC, composesNfc);
      }
      Optional<String> found = difference.apply(metadata());
      if (found.isEmpty()) {
        return;
      }
      differences.add(found.get());
    }
    throw wrong("the tokenizer", differences.getFirst() + ADVICE);
  }

  private static GgufPreTokenizer preTokenizer(String name) {
    return GgufPreTokenizer.named(name).orElseThrow();
  }

  private void requireExpressible(BytePairModel model) {
    var options = model.symbols().options();
    if (!options.affixes().isEmpty()) {
      throw inexpressible("model", "pieces with a continuing_subword_prefix or end_of_word_suffix");
    }
    boolean allBytes = ByteFallback.alphabet(parts.vocabulary()).isComplete();
    if (isByteLevel() && options.unknown() >= 0 && !allBytes) {
      throw inexpressible("model.unk_token", "a token for bytes that have no piece");
    }
  }

  /// Whether text is normalized to NFC first. llama.cpp never does; Fader's reader does if the
  /// pre-tokenizer's own models do or the file asks for it.
  private boolean composesNfc() {
    boolean composesNfc = false;
    for (JsonField step : steps("normalizer", "normalizers")) {
      if (!step.text("type").equals("NFC")) {
        throw inexpressible(step.path(), "the normalizer " + step.text("type"));
      }
      composesNfc = true;
    }
    return composesNfc;
  }

  private void requireByteLevelLast() {
    List<JsonField> steps = steps("pre_tokenizer", "pretokenizers");
    for (int i = 0; i < steps.size(); i++) {
      JsonField step = steps.get(i);
      boolean isBytes = step.text("type").equals("ByteLevel");
      if (isBytes && step.flag("add_prefix_space", true)) {
        throw inexpressible(
            step.path(), "add_prefix_space, a space that ByteLevel puts before texts");
      }
      if (isBytes && i < steps.size() - 1) {
        throw inexpressible(step.path(), "steps after ByteLevel, which cut text written in bytes");
      }
    }
  }

  private String describeSteps() {
    var shown = new StringJoiner(", ");
    for (JsonField step : steps("pre_tokenizer", "pretokenizers")) {
      var regex = step.node().path("pattern").path("Regex");
      shown.add(
          step.text("type")
              + (regex.isString() ? " '" + JsonField.shown(regex.stringValue()) + "'" : ""));
    }
    return shown.toString();
  }

  /// SentencePiece's BPE, which has scores instead of merges.
  private void writeSentencePieces(JsonNode model) {
    requireExpressible((BytePairModel) parts.model());
    String unknown = model.path("unk_token").asString("");
    for (var entry : model.path("vocab").properties()) {
      String piece = entry.getKey();
      table.put(
          entry.getValue().asInt(-1),
          piece,
          piece.equals(unknown)
              ? PieceType.UNKNOWN
              : ByteFallback.value(piece) >= 0 ? PieceType.BYTE : PieceType.NORMAL);
    }
    table.addAll(parts.added(), unknown);
    List<String> merges = merges(model);
    table.scoreMerges(model.path("vocab"), merges);
    writeTokens("llama");
    fields.text(PREFIX + "pre", "default");
    writeScoresAndSpaces();
    requireSpacesToStay();
    requireNoFurtherMerges();
    writeSettingsAndCheck();
  }

  private void writeUnigram(JsonNode model) {
    boolean bytes = model.path("byte_fallback").asBoolean(false);
    int unknown = model.path("unk_id").asInt(-1);
    int id = 0;
    for (var entry : model.path("vocab")) {
      String piece = entry.path(0).asString("");
      boolean isByte = bytes && ByteFallback.value(piece) >= 0;
      table.put(
          id,
          piece,
          id == unknown ? PieceType.UNKNOWN : isByte ? PieceType.BYTE : PieceType.NORMAL);
      table.score(id, (float) entry.path(1).asDouble(0));
      id++;
    }
    table.addAll(parts.added(), unknown < 0 ? "" : table.tokens().get(unknown));
    writeTokens("t5");
    fields.text(PREFIX + "pre", "default");
    writeScoresAndSpaces();
    writeCharacterMap();
    writeSettingsAndCheck();
  }

  private void writeScoresAndSpaces() {
    fields
        .float32s(PREFIX + "scores", table.scores())
        .int32s(PREFIX + "token_type", table.typeIds());
    boolean prepends = false;
    boolean escapes = false;
    boolean joins = false;
    for (JsonField step : steps("normalizer", "normalizers")) {
      var pattern = step.node().path("pattern");
      boolean isSpace = pattern.path("String").asString("").equals(" ");
      switch (step.text("type")) {
        case "Prepend" -> prepends = true;
        case "Precompiled" -> {}
        case "Replace" -> {
          String regex = pattern.path("Regex").asString("");
          escapes |= isSpace && step.text("content").equals(SpaceSymbol.TEXT);
          joins |= regex.equals(" {2,}");
          if (!isSpace && !SPACE_RULES.contains(regex)) {
            throw inexpressible(step.path(), "the normalizer Replace of " + pattern);
          }
        }
        default -> throw inexpressible(step.path(), "the normalizer " + step.text("type"));
      }
    }
    for (JsonField step : steps("pre_tokenizer", "pretokenizers")) {
      var isSpace = step.node().path("pattern").path("String").asString("").equals(" ");
      switch (step.text("type")) {
        case "Metaspace" -> {
          escapes = true;
          var metaspace = PreTokenizerReader.metaspace(step);
          if (metaspace.prefix() != PreTokenizerStep.PrependScheme.NEVER) {
            prepends = true;
            fields.text(
                PREPEND_SCHEME, metaspace.prefix().name().toLowerCase(java.util.Locale.ROOT));
          }
        }
        case "Split" -> {
          if (!escapes || !isSpace) {
            throw inexpressible(step.path(), "the pre-tokenizer Split");
          }
        }
        default -> throw inexpressible(step.path(), "the pre-tokenizer " + step.text("type"));
      }
    }
    fields
        .bool(PREFIX + "add_space_prefix", prepends)
        .bool(PREFIX + "remove_extra_whitespaces", joins)
        .bool(PREFIX + "escape_whitespaces", escapes);
  }

  private void writeSettingsAndCheck() {
    writeSettings();
    difference
        .apply(metadata())
        .ifPresent(difference -> {
          throw wrong("the tokenizer", difference + ADVICE);
        });
  }

  private void writeTokens(String model) {
    table.nameUnused();
    fields.text(PREFIX + "model", model).strings(PREFIX + "tokens", table.tokens());
  }

  /// Merges as `left right`, the older of the two notations.
  private static List<String> merges(JsonNode model) {
    var merges = new ArrayList<String>();
    for (var merge : model.path("merges")) {
      merges.add(
          merge.isString()
              ? merge.stringValue()
              : merge.path(0).asString("") + " " + merge.path(1).asString(""));
    }
    return merges;
  }

  private void writeCharacterMap() {
    for (JsonField step : steps("normalizer", "normalizers")) {
      if (step.text("type").equals("Precompiled")) {
        byte[] map = Base64.getDecoder().decode(step.text("precompiled_charsmap"));
        if (map.length > 0) {
          fields.uint8s(PREFIX + "precompiled_charsmap", map);
        }
      }
    }
  }

  private void writeSettings() {
    OptionalInt unknown = table.unknown();
    if (unknown.isPresent()) {
      fields.uint32(PREFIX + "unknown_token_id", unknown.getAsInt());
    } else if (!isByteLevel()) {
      fields.uint32(PREFIX + "unknown_token_id", NO_TOKEN);
    }
    var settings =
        parts.source().parsedConfig().map(JsonField::node).orElse(TokenizerJson.object());
    padding(settings).ifPresent(id -> fields.uint32(PREFIX + "padding_token_id", id));
    writeBoundaryToken("bos", parts.postProcessor().before(), parts.ends().begin());
    writeBoundaryToken("eos", parts.postProcessor().after(), parts.ends().end());
  }

  /// The token added before or after every text; the model's configuration may name another.
  private void writeBoundaryToken(String name, int[] added, OptionalInt named) {
    if (added.length > 1) {
      throw inexpressible(
          "post_processor",
          "%d tokens %s every text"
              .formatted(added.length, name.equals("bos") ? "before" : "after"));
    }
    String id = PREFIX + name + "_token_id";
    if (added.length == 1) {
      fields.uint32(id, added[0]);
    } else if (named.isPresent() && !fields.has(id)) {
      fields.uint32(id, named.getAsInt());
    }
    fields.bool(PREFIX + "add_%s_token".formatted(name), added.length == 1);
  }

  private Optional<Integer> padding(JsonNode settings) {
    var padding = settings.path("pad_token");
    String text = padding.isString() ? padding.stringValue() : padding.path("content").asString("");
    int id = table.tokens().indexOf(text);
    return text.isEmpty() || id < 0 ? Optional.empty() : Optional.of(id);
  }

  private GgufMetadata metadata() {
    return fields.metadata(Path.of(root.file()));
  }

  private void requireSpacesToStay() {
    for (JsonField step : steps("normalizer", "normalizers")) {
      if (step.node().path("pattern").has("Regex")) {
        throw inexpressible(
            "normalizer",
            "that superfluous spaces are taken away (remove_extra_whitespaces) by a BPE model");
      }
    }
  }

  /// Scores allow any two neighbours that together form a piece to merge, merges only the listed
  /// ones.
  private void requireNoFurtherMerges() {
    MergeTable listed = ((BytePairModel) parts.model()).merges();
    MergeTable scored = ((BytePairModel) GgufTokenizerReader.read(metadata()).model()).merges();
    var vocabulary = parts.vocabulary();
    for (long pair : scored.inOrder()) {
      int left = (int) (pair >>> 32);
      int right = (int) pair;
      boolean arePieces = left < vocabulary.size() && right < vocabulary.size();
      if (arePieces && MergeTable.rank(listed.find(left, right)) == MergeTable.NONE) {
        throw inexpressible(
            "model.merges",
            "that '%s' and '%s' do not merge although together they are a piece"
                .formatted(vocabulary.piece(left), vocabulary.piece(right)));
      }
    }
  }
}
