package dev.fader.tokenizer;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The tokens that begin and end a text: those that `tokenizer_config.json` names, else those that
/// go by a usual name.
record TextEnds(OptionalInt begin, OptionalInt end) {
  private static final List<String> USUAL_BEGINS =
      List.of("<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>");
  private static final List<String> USUAL_ENDS =
      List.of("</s>", "<eos>", "<|end_of_text|>", Tokenizer.END_OF_TEXT);

  static TextEnds of(Vocabulary vocabulary, Optional<JsonField> config) {
    if (config.isPresent()) {
      return new TextEnds(
          named(vocabulary, config.get(), "bos_token"),
          named(vocabulary, config.get(), "eos_token"));
    }
    return new TextEnds(usual(vocabulary, USUAL_BEGINS), usual(vocabulary, USUAL_ENDS));
  }

  /// Those with these ids, where -1 is none.
  static TextEnds of(int begin, int end) {
    return new TextEnds(
        begin < 0 ? OptionalInt.empty() : OptionalInt.of(begin),
        end < 0 ? OptionalInt.empty() : OptionalInt.of(end));
  }

  private static OptionalInt named(Vocabulary vocabulary, JsonField config, String name) {
    Optional<JsonField> token = config.find(name);
    if (token.isEmpty()) {
      return OptionalInt.empty();
    }
    // Older files write the token as an added token, newer ones as its text.
    JsonField content = token.get().find("content").orElse(token.get());
    OptionalInt id = vocabulary.id(content.string());
    if (id.isEmpty()) {
      throw content.wrong(
          "is '%s', which tokenizer.json does not have".formatted(content.string()));
    }
    return id;
  }

  private static OptionalInt usual(Vocabulary vocabulary, List<String> names) {
    return names.stream()
        .map(vocabulary::id)
        .filter(OptionalInt::isPresent)
        .findFirst()
        .orElse(OptionalInt.empty());
  }
}
