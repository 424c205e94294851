package dev.fader.serve.body;

import dev.fader.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;

/// The tokens by which a model is told to write what stands between two texts (Bavarian et al.
/// 2022, arXiv:2207.14255).
public final class InfillTokens {
  /// What families call them: before the text in front, before the text behind, and before what is
  /// to be written.
  private static final List<Names> FAMILIES =
      List.of(
          new Names("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"), // Qwen, CodeGemma
          new Names("<fim_prefix>", "<fim_suffix>", "<fim_middle>"), // StarCoder
          new Names("<fim-prefix>", "<fim-suffix>", "<fim-middle>"), // SantaCoder
          new Names("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"), // DeepSeek
          new Names("<PRE>", "<SUF>", "<MID>"),
          new Names("▁<PRE>", "▁<SUF>", "▁<MID>"), // Code Llama
          new Names("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"), // GLM
          new Names("[PREFIX]", "[SUFFIX]", "[MIDDLE]")); // Codestral

  private final Tokenizer tokenizer;
  private final int before;
  private final int behind;
  private final int between;

  private record Names(String before, String behind, String between) {}

  private InfillTokens(Tokenizer tokenizer, int before, int behind, int between) {
    this.tokenizer = tokenizer;
    this.before = before;
    this.behind = behind;
    this.between = between;
  }

  /// Those of a model, if it has any.
  public static Optional<InfillTokens> of(Tokenizer tokenizer) {
    for (var names : FAMILIES) {
      var before = tokenizer.id(names.before());
      var behind = tokenizer.id(names.behind());
      var between = tokenizer.id(names.between());
      if (before.isPresent() && behind.isPresent() && between.isPresent()) {
        return Optional.of(
            new InfillTokens(tokenizer, before.getAsInt(), behind.getAsInt(), between.getAsInt()));
      }
    }
    return Optional.empty();
  }

  /// What stands before the text in front.
  public int before() {
    return before;
  }

  /// What stands before the text behind.
  public int behind() {
    return behind;
  }

  /// What stands before that which is to be written.
  public int between() {
    return between;
  }

  /// A prompt to write what stands between two texts.
  public int[] prompt(String prefix, String suffix) {
    int[] front = tokenizer.encode(prefix);
    int[] back = tokenizer.encode(suffix);
    var all = new int[3 + front.length + back.length];
    all[0] = before;
    System.arraycopy(front, 0, all, 1, front.length);
    all[1 + front.length] = behind;
    System.arraycopy(back, 0, all, 2 + front.length, back.length);
    all[all.length - 1] = between;
    return tokenizer.withPrefixTokens(all);
  }
}
