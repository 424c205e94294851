package dev.fader.tokenizer.file;

import dev.fader.tokenizer.model.Vocabulary;
import dev.fader.tokenizer.pipeline.AddedToken;
import dev.fader.tokenizer.pipeline.PreTokenizer;
import dev.fader.tokenizer.pipeline.TextNormalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads a `tokenizer.json` (the format of Hugging Face's `tokenizers`); unsupported components are
/// refused by name. `truncation` and `padding` are for batches and do not affect ids.
public final class TokenizerJsonReader {
  private final TokenizerFiles source;
  private final JsonField root;
  private final int
      limit; // ids are bounded by the file's length, as each piece takes at least a byte

  private TokenizerJsonReader(TokenizerFiles source, JsonField root, int limit) {
    this.source = source;
    this.root = root;
    this.limit = limit;
  }

  public static TokenizerParts read(TokenizerFiles source) {
    return new TokenizerJsonReader(source, source.parsed(), source.length()).parts();
  }

  private TokenizerParts parts() {
    List<AddedToken> added = addedTokens(root, limit);
    var models = new ModelReader(root.get("model").object(), limit);
    Vocabulary vocabulary = models.vocabulary(added);
    added = added.stream().map(token -> token.withId(vocabulary.modelId(token.content()))).toList();
    TextNormalizer normalization = NormalizerReader.read(root.find("normalizer"));
    putAdded(vocabulary, added, normalization);
    PreTokenizer preTokenizer = PreTokenizerReader.read(root.find("pre_tokenizer"));
    if (!models.takesBytes(vocabulary)) {
      preTokenizer = preTokenizer.written();
    }
    var config = source.parsedConfig();
    var ends = BoundaryTokensReader.read(vocabulary, config);
    return new TokenizerParts(
        source,
        vocabulary,
        added,
        normalization,
        preTokenizer,
        models.model(vocabulary, preTokenizer.byteLevel(), added),
        PostProcessorReader.with(
            PostProcessorReader.read(root.find("post_processor"), vocabulary.size()), config, ends),
        DecoderReader.read(root.find("decoder")),
        ends);
  }

  private void putAdded(
      Vocabulary vocabulary, List<AddedToken> added, TextNormalizer normalization) {
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

  /// The tokens that are matched in the text first.
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
