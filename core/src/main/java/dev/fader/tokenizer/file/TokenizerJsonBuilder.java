package dev.fader.tokenizer.file;

import dev.fader.tokenizer.model.SpaceSymbol;
import dev.fader.tokenizer.model.Vocabulary;
import dev.fader.tokenizer.pipeline.AddedToken;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Builds a `tokenizer.json` without its pieces, for tokenizers read from other formats.
final class TokenizerJsonBuilder {

  final ObjectNode root = TokenizerJson.object();
  private final ArrayNode added;
  private final ArrayNode normalizers;
  private final ArrayNode preTokenizers;
  private final ArrayNode decoders;

  TokenizerJsonBuilder() {
    root.put("version", "1.0");
    added = root.putArray("added_tokens");
    normalizers = sequence("normalizer", "normalizers");
    preTokenizers = sequence("pre_tokenizer", "pretokenizers");
    decoders = sequence("decoder", "decoders");
  }

  private ArrayNode sequence(String name, String members) {
    ObjectNode sequence = root.putObject(name);
    sequence.put("type", "Sequence");
    return sequence.putArray(members);
  }

  void addToken(AddedToken token) {
    ObjectNode node = added.addObject();
    node.put("id", token.id());
    node.put("content", token.content());
    node.put("single_word", token.matching().singleWord());
    node.put("lstrip", token.matching().takesSpaceBefore());
    node.put("rstrip", token.matching().takesSpaceAfter());
    node.put("normalized", token.matching().normalized());
    node.put("special", token.special());
  }

  ObjectNode normalizer(String type) {
    return normalizers.addObject().put("type", type);
  }

  void replace(String kind, String what, String with) {
    ObjectNode node = normalizer("Replace");
    node.putObject("pattern").put(kind, what);
    node.put("content", with);
  }

  ObjectNode preTokenizer(String type) {
    return preTokenizers.addObject().put("type", type);
  }

  void split(String regex) {
    ObjectNode node = preTokenizer("Split");
    node.putObject("pattern").put("Regex", regex);
    node.put("behavior", "Isolated");
    node.put("invert", false);
  }

  ObjectNode decoder(String type) {
    return decoders.addObject().put("type", type);
  }

  /// The decoders that restore spaces and bytes, and drop a prepended space.
  void spaceDecoders(boolean prefixed, boolean bytes) {
    ObjectNode replace = decoder("Replace");
    replace.putObject("pattern").put("String", SpaceSymbol.TEXT);
    replace.put("content", " ");
    if (bytes) {
      decoder("ByteFallback");
    }
    decoder("Fuse");
    if (prefixed) {
      decoder("Strip").put("content", " ").put("start", 1).put("stop", 0);
    }
  }

  /// Byte-level encoding after the splits.
  void byteLevel() {
    for (ObjectNode node : List.of(preTokenizer("ByteLevel"), decoder("ByteLevel"))) {
      node.put("add_prefix_space", false);
      node.put("trim_offsets", false);
      node.put("use_regex", false);
    }
  }

  /// Special tokens around every text.
  void postProcessor(Vocabulary vocabulary, List<Integer> before, List<Integer> after) {
    if (before.isEmpty() && after.isEmpty()) {
      return;
    }
    ObjectNode template = root.putObject("post_processor");
    template.put("type", "TemplateProcessing");
    ArrayNode single = template.putArray("single");
    before.forEach(id -> special(single, vocabulary.piece(id)));
    text(single, "A", 0);
    after.forEach(id -> special(single, vocabulary.piece(id)));
    ArrayNode pair = template.putArray("pair");
    single.forEach(part -> pair.add(part.deepCopy()));
    text(pair, "B", 1);
    ObjectNode tokens = template.putObject("special_tokens");
    for (List<Integer> ids : List.of(before, after)) {
      for (int id : ids) {
        ObjectNode token = tokens.putObject(vocabulary.piece(id));
        token.put("id", vocabulary.piece(id));
        token.putArray("ids").add(id);
        token.putArray("tokens").add(vocabulary.piece(id));
      }
    }
  }

  private static void special(ArrayNode parts, String piece) {
    parts.addObject().putObject("SpecialToken").put("id", piece).put("type_id", 0);
  }

  private static void text(ArrayNode parts, String text, int type) {
    parts.addObject().putObject("Sequence").put("id", text).put("type_id", type);
  }
}
