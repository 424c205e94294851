package dev.fader.tokenizer.file;

import dev.fader.format.FormatException;
import dev.fader.tokenizer.pipeline.AddedToken;
import java.util.Locale;
import java.util.Set;

/// Which tokens strip the white space beside them. GGUF has no field for it, so as in llama.cpp it
/// depends on the model's name.
enum TokenAttributes {
  NONE,

  /// White space before a mask token belongs to it.
  MASK,

  /// Every token of Phi-3 strips the white space after it, except three.
  PHI3;

  private static final Set<String> MASKS = Set.of("<mask>", "[MASK]");
  private static final Set<String> PHI3_PLAIN = Set.of("<unk>", "<s>", "<|endoftext|>");

  static TokenAttributes of(GgufTokenizerValues fields) throws FormatException {
    String name = fields.general("name").toLowerCase(Locale.ROOT);
    String pre = fields.text("pre").orElse("");
    boolean hasMask =
        switch (fields.general("architecture")) {
          case "nomic-bert-moe", "jina-bert-v3", "modern-bert" -> true;
          default -> pre.startsWith("jina-v2-");
        };
    if (hasMask || name.contains("modern-bert")) {
      return MASK;
    }
    return name.contains("phi-3") || name.contains("phi3") ? PHI3 : NONE;
  }

  AddedToken.Matching of(String token) {
    return switch (this) {
      case NONE -> AddedToken.Matching.EXACT;
      case MASK -> new AddedToken.Matching(false, MASKS.contains(token), false, false);
      case PHI3 -> new AddedToken.Matching(false, false, !PHI3_PLAIN.contains(token), false);
    };
  }
}
