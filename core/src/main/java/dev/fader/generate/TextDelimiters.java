package dev.fader.generate;

import dev.fader.model.file.LoadedModel;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// The tokens that the texts and answers of a model begin and end with.
public final class TextDelimiters {
  private TextDelimiters() {}

  /// Token ids at which a text of the model ends: those that its configuration names, and its
  /// tokenizer's.
  public static List<Integer> ends(LoadedModel model) {
    var ends = new ArrayList<>(model.config().specialTokens().ends());
    model.tokenizer().map(Tokenizer::endOfText).ifPresent(end -> end.ifPresent(ends::add));
    return ends;
  }

  /// Token ids at which an answer in a chat ends: [#ends], and those with the usual names, such as
  /// `<|im_end|>`.
  public static List<Integer> answerEnds(LoadedModel model) {
    var ends = ends(model);
    model.tokenizer().map(ChatTemplate::ends).ifPresent(ends::addAll);
    return ends;
  }

  /// The tokens to start from without a prompt: the tokenizer's prefix tokens, else the
  /// beginning-of-text token, else an end-of-text token. Empty where the model has none of them.
  public static int[] start(LoadedModel model) {
    int[] before = model.tokenizer().map(Tokenizer::prefixTokens).orElse(new int[0]);
    if (before.length > 0) {
      return before;
    }
    var begin = model.tokenizer().map(Tokenizer::beginOfText).orElse(OptionalInt.empty());
    if (begin.isPresent()) {
      return new int[] {begin.getAsInt()};
    }
    if (model.config().specialTokens().begin() >= 0) {
      return new int[] {model.config().specialTokens().begin()};
    }
    var end = model.tokenizer().map(Tokenizer::endOfText).orElse(OptionalInt.empty());
    if (end.isPresent()) {
      return new int[] {end.getAsInt()};
    }
    return model.config().specialTokens().ends().stream()
        .mapToInt(Integer::intValue)
        .limit(1)
        .toArray();
  }
}
