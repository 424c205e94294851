package dev.fader.tokenizer.file;

import dev.fader.tokenizer.model.Vocabulary;
import dev.fader.tokenizer.pipeline.BoundaryTokens;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Finds the tokens that begin and end a text: those named in `tokenizer_config.json`, else those
/// with a conventional name.
final class BoundaryTokensReader {
  private static final List<String> USUAL_BEGINS =
      List.of("<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>");
  private static final List<String> USUAL_ENDS =
      List.of("</s>", "<eos>", "<|end_of_text|>", TokenizerJson.END_OF_TEXT);

  private BoundaryTokensReader() {}

  static BoundaryTokens read(Vocabulary vocabulary, Optional<JsonField> config) {
    if (config.isPresent()) {
      return new BoundaryTokens(
          named(vocabulary, config.get(), "bos_token"),
          named(vocabulary, config.get(), "eos_token"));
    }
    return new BoundaryTokens(usual(vocabulary, USUAL_BEGINS), usual(vocabulary, USUAL_ENDS));
  }

  private static OptionalInt named(Vocabulary vocabulary, JsonField config, String name) {
    Optional<JsonField> token = config.find(name);
    if (token.isEmpty()) {
      return OptionalInt.empty();
    }
    // Older files store the token as an added token, newer ones as a string.
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
