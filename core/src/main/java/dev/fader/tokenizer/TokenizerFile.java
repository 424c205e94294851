package dev.fader.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads a `tokenizer.json` (the format of Hugging Face's `tokenizers`), each part into its room;
/// what is in none of them is refused by name. `truncation` and `padding` are for batches and do
/// not touch ids.
final class TokenizerFile {
  private final TokenizerSource source;
  private final JsonField root;
  private final int limit; // ids are below the file's length, as each piece takes a byte and more

  private TokenizerFile(TokenizerSource source, JsonField root, int limit) {
    this.source = source;
    this.root = root;
    this.limit = limit;
  }

  static TokenizerParts read(TokenizerSource source) {
    return new TokenizerFile(source, source.parsed(), source.length()).parts();
  }

  private TokenizerParts parts() {
    List<AddedToken> added = addedTokens(root, limit);
    var models = new ModelFile(root.get("model").object(), limit);
    Vocabulary vocabulary = models.vocabulary(added);
    added = added.stream().map(token -> token.withId(vocabulary.modelId(token.content()))).toList();
    Normalization normalization = NormalizationFile.read(root.find("normalizer"));
    putAdded(vocabulary, added, normalization);
    PreTokenizer preTokenizer = PreTokenizerFile.read(root.find("pre_tokenizer"));
    if (!models.takesBytes(vocabulary)) {
      preTokenizer = preTokenizer.written();
    }
    var config = source.parsedConfig();
    var ends = TextEnds.of(vocabulary, config);
    return new TokenizerParts(
        source,
        vocabulary,
        added,
        normalization,
        preTokenizer,
        models.model(vocabulary, preTokenizer.byteLevel(), added),
        Frame.read(root.find("post_processor"), vocabulary.size()).with(config, ends),
        DecoderFile.read(root.find("decoder")),
        ends);
  }

  private void putAdded(
      Vocabulary vocabulary, List<AddedToken> added, Normalization normalization) {
    for (AddedToken token : added) {
      String there = vocabulary.piece(token.id());
      if (!there.isEmpty() && !there.equals(token.content())) {
        throw root.wrong(
            "has two pieces with id %d in added_tokens: '%s' and '%s'"
                .formatted(token.id(), there, token.content()));
      }
      boolean normalized = token.matching().normalized();
      vocabulary.putAdded(token.content(), token.id());
      if (normalized) {
        vocabulary.putShown(normalization.apply(token.content()), token.id());
      }
    }
  }

  /// The tokens that are looked for in the text before anything else.
  static List<AddedToken> addedTokens(JsonField root, int limit) {
    var tokens = new ArrayList<AddedToken>();
    Optional<JsonField> added = root.find("added_tokens");
    if (added.isEmpty()) {
      return tokens;
    }
    for (JsonField token : added.get().elements()) {
      boolean special = token.object().flag("special", false);
      var matching =
          new AddedToken.Matching(
              token.flag("single_word", false),
              token.flag("lstrip", false),
              token.flag("rstrip", false),
              token.flag("normalized", !special));
      int id = token.get("id").below(limit);
      tokens.add(new AddedToken(id, token.text("content"), special, matching));
    }
    return tokens;
  }
}
