package dev.fader.tokenizer.file;

import dev.fader.format.JsonProblem;
import dev.fader.tokenizer.error.TokenizerException;
import dev.fader.tokenizer.model.ByteAlphabet;
import dev.fader.tokenizer.pattern.SplitPattern;
import dev.fader.tokenizer.training.BytePairTrainer;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Parses untrusted JSON and writes the `tokenizer.json` of tokenizers made here.
public final class TokenizerJson {
  /// The token between documents in every tokenizer made here.
  public static final String END_OF_TEXT = "<|endoftext|>";

  private static final int DEEPEST_NESTING = 64;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEEPEST_NESTING).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final JsonMapper SORTED =
      MAPPER.rebuild().enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED).build();

  private TokenizerJson() {}

  /// The object that a file holds.
  static JsonField parse(byte[] json, String file) {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JacksonException wrong) {
      throw new TokenizerException(
          "%s: not valid JSON%s: %s".formatted(file, place(wrong), JsonProblem.of(wrong)), wrong);
    }
    return new JsonField(file, "", root).object();
  }

  public static byte[] write(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  /// JSON with the members of objects in alphabetical order and no white space.
  static byte[] writeCanonical(JsonNode node) {
    return SORTED.writeValueAsBytes(node);
  }

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /// The tokenizer whose pieces are the 256 bytes, each its own id.
  public static ObjectNode ofBytes() {
    return ofBytePairs(List.of());
  }

  /// A byte-level BPE tokenizer: ids 0 to 255 are the bytes, then come the merged pieces in the
  /// order of their merges.
  public static ObjectNode ofBytePairs(List<BytePairTrainer.Merge> merges) {
    ObjectNode root = withByteLevel(!merges.isEmpty());
    ObjectNode model = root.putObject("model");
    model.put("type", "BPE");
    model.putNull("dropout");
    model.putNull("unk_token");
    model.put("fuse_unk", false);
    model.put("byte_fallback", false);
    model.put("ignore_merges", false);
    ObjectNode vocabulary = model.putObject("vocab");
    var pieces = new ArrayList<String>();
    for (int value = 0; value < 256; value++) {
      pieces.add(ByteAlphabet.write(new byte[] {(byte) value}));
      vocabulary.put(pieces.getLast(), value);
    }
    var written = model.putArray("merges");
    for (BytePairTrainer.Merge merge : merges) {
      String left = pieces.get(merge.left());
      String right = pieces.get(merge.right());
      written.add(left + " " + right);
      if (!vocabulary.has(left + right)) {
        vocabulary.put(left + right, pieces.size());
        pieces.add(left + right);
      }
    }
    return withEndOfText(root, vocabulary.size());
  }

  /// The tokenizer whose pieces are these characters, in this order.
  public static ObjectNode ofCharacters(int[] codePoints) {
    ObjectNode root = object();
    root.put("version", "1.0");
    root.putNull("normalizer");
    putSplit(root.putObject("pre_tokenizer"), SplitPattern.CHARACTERS);
    root.putNull("post_processor");
    root.putObject("decoder").put("type", "Fuse");
    ObjectNode model = root.putObject("model");
    model.put("type", "WordLevel");
    ObjectNode vocabulary = model.putObject("vocab");
    for (int codePoint : codePoints) {
      vocabulary.put(Character.toString(codePoint), vocabulary.size());
    }
    model.put(
        "unk_token",
        "<unk>"); // required by the format, but not in the vocabulary, so that an unknown character
    // is an error
    return withEndOfText(root, codePoints.length);
  }

  /// The `tokenizer_config.json` that makes transformers load the `tokenizer.json` beside it.
  public static ObjectNode config(String endOfText, String beginOfText) {
    ObjectNode config = object();
    config.put("tokenizer_class", "PreTrainedTokenizerFast");
    config.put("clean_up_tokenization_spaces", false);
    putUnlessEmpty(config, "bos_token", beginOfText);
    putUnlessEmpty(config, "eos_token", endOfText);
    return config;
  }

  private static void putUnlessEmpty(ObjectNode config, String name, String value) {
    if (!value.isEmpty()) {
      config.put(name, value);
    }
  }

  private static ObjectNode withByteLevel(boolean split) {
    ObjectNode root = object();
    root.put("version", "1.0");
    root.putNull("normalizer");
    if (split) {
      ObjectNode sequence = root.putObject("pre_tokenizer");
      sequence.put("type", "Sequence");
      var steps = sequence.putArray("pretokenizers");
      putSplit(steps.addObject(), SplitPattern.CL100K);
      putByteLevel(steps.addObject());
    } else {
      putByteLevel(root.putObject("pre_tokenizer"));
    }
    root.putNull("post_processor");
    putByteLevel(root.putObject("decoder"));
    return root;
  }

  private static void putSplit(ObjectNode step, SplitPattern pattern) {
    step.put("type", "Split");
    step.putObject("pattern").put("Regex", pattern.regex());
    step.put("behavior", "Isolated");
    step.put("invert", false);
  }

  private static void putByteLevel(ObjectNode step) {
    step.put("type", "ByteLevel");
    step.put("add_prefix_space", false);
    step.put("trim_offsets", false);
    step.put("use_regex", false);
  }

  private static ObjectNode withEndOfText(ObjectNode root, int id) {
    ObjectNode token = root.putArray("added_tokens").addObject();
    token.put("id", id);
    token.put("content", END_OF_TEXT);
    token.put("single_word", false);
    token.put("lstrip", false);
    token.put("rstrip", false);
    token.put("normalized", false);
    token.put("special", true);
    return root;
  }

  private static String place(JacksonException wrong) {
    TokenStreamLocation location = wrong.getLocation();
    return location == null
        ? ""
        : " at line %d, column %d".formatted(location.getLineNr(), location.getColumnNr());
  }
}
