package dev.fader.tokenizer.file;

import dev.fader.tokenizer.pattern.SplitPattern;
import dev.fader.tokenizer.pipeline.AddedToken;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// Converts the vocabularies of old model directories to `tokenizer.json`: `vocab.json` with
/// `merges.txt` of GPT-2, and `vocab.txt` of BERT.
final class LegacyVocabulary {
  private static final String UNKNOWN = "[UNK]";
  private static final List<String> SPECIALS =
      List.of("[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]");

  private static final List<String> NAMED =
      List.of("bos_token", "eos_token", "unk_token", "pad_token");

  private LegacyVocabulary() {}

  /// Whether `pieces` is a `vocab.txt` and not some other text: it has a line for the unknown
  /// token.
  static boolean isWordPieces(byte[] pieces) {
    return new String(pieces, StandardCharsets.UTF_8)
        .lines()
        .anyMatch(line -> line.strip().equals(UNKNOWN));
  }

  /// Byte-level BPE. What `tokenizer_config.json` names is special, as `</s>` and `<pad>` of OPT.
  ///
  /// @param pieces the object that `vocab.json` holds
  /// @param merges the bytes of `merges.txt`
  /// @param config what `tokenizer_config.json` holds
  static byte[] bytePairs(JsonField pieces, byte[] merges, Optional<JsonField> config) {
    var builder = new TokenizerJsonBuilder();
    builder.split(SplitPattern.GPT2.regex());
    builder.byteLevel();
    ObjectNode model = builder.root.putObject("model");
    model.put("type", "BPE");
    model.set("vocab", pieces.object().node());
    var written = model.putArray("merges");
    new String(merges, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#version"))
        .forEach(written::add);
    for (String special : specials(config)) {
      var id = pieces.find(special);
      if (id.isPresent()) {
        builder.addToken(special(id.get().below(Integer.MAX_VALUE), special));
      }
    }
    return TokenizerJson.write(builder.root);
  }

  private static Set<String> specials(Optional<JsonField> config) {
    var specials = new LinkedHashSet<String>();
    specials.add(TokenizerJson.END_OF_TEXT);
    for (String name : NAMED) {
      config
          .flatMap(given -> given.find(name))
          .ifPresent(token -> specials.add(token.find("content").orElse(token).string()));
    }
    return specials;
  }

  /// WordPiece.
  ///
  /// @param pieces the bytes of `vocab.txt`, a piece in each line
  /// @param config what `tokenizer_config.json` holds
  static byte[] wordPieces(byte[] pieces, Optional<JsonField> config) {
    var builder = new TokenizerJsonBuilder();
    boolean lowersCase = config.map(given -> given.flag("do_lower_case", true)).orElse(true);
    ObjectNode bert = builder.normalizer("BertNormalizer");
    bert.put("clean_text", true).put("handle_chinese_chars", true);
    bert.putNull("strip_accents").put("lowercase", lowersCase);
    builder.preTokenizer("BertPreTokenizer");
    builder.decoder("WordPiece").put("prefix", "##").put("cleanup", true);
    ObjectNode model = builder.root.putObject("model");
    model.put("type", "WordPiece").put("unk_token", UNKNOWN);
    ObjectNode vocabulary = model.putObject("vocab");
    List<String> lines = new String(pieces, StandardCharsets.UTF_8).lines().toList();
    for (int id = 0; id < lines.size(); id++) {
      String piece = lines.get(id).strip();
      vocabulary.put(piece, id);
      if (SPECIALS.contains(piece)) {
        builder.addToken(special(id, piece));
      }
    }
    int begin = lines.indexOf("[CLS]");
    int end = lines.indexOf("[SEP]");
    if (begin >= 0 && end >= 0) {
      ObjectNode processor = builder.root.putObject("post_processor");
      processor.put("type", "BertProcessing");
      processor.putArray("sep").add("[SEP]").add(end);
      processor.putArray("cls").add("[CLS]").add(begin);
    }
    return TokenizerJson.write(builder.root);
  }

  private static AddedToken special(int id, String content) {
    return new AddedToken(id, content, true, new AddedToken.Matching(false, false, false, false));
  }
}
