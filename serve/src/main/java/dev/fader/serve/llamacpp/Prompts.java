package dev.fader.serve.llamacpp;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.model.ModelLease;
import dev.fader.tokenizer.SpecialTokens;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// Prompts as llama.cpp takes them: a text, or a list of tokens and texts; or a list of prompts.
///
/// @param tokens of each prompt
/// @param many whether there was a list of prompts, if only of one
record Prompts(List<int[]> tokens, boolean many) {
  private static final int MOST = 64;

  static Prompts read(JsonNode value, String path, ModelLease lease) {
    var tokenizer = lease.tokenizer();
    var serving = lease.serving();
    if (value.isObject()) { // what may have images beside its text
      if (!value.path("multimodal_data").isEmpty()) {
        throw ApiException.invalid(
            path + ".multimodal_data", "the model reads only text: leave it out");
      }
      if (!value.path("prompt_string").isString()) {
        throw ApiException.invalid(path + ".prompt_string", "is missing: give a text");
      }
      return read(value.get("prompt_string"), path, lease);
    }
    if (value.isString()) {
      return new Prompts(List.of(serving.promptTokens(value.stringValue())), false);
    }
    if (!value.isArray() || value.isEmpty()) {
      throw ApiException.invalid(
          path,
          "`%s` must be a text, a list of tokens and texts, or a list of these".formatted(path));
    }
    boolean one = false;
    boolean texts = true;
    for (var item : value) {
      one |= item.isNumber();
      texts &= item.isString();
    }
    if (one) {
      return new Prompts(List.of(mixed(value, path, tokenizer)), false);
    }
    if (value.size() > MOST) {
      throw ApiException.invalid(
          path, "`%s` has %d prompts, and may have %d".formatted(path, value.size(), MOST));
    }
    var prompts = new ArrayList<int[]>();
    for (int i = 0; i < value.size(); i++) {
      var item = value.get(i);
      prompts.add(
          texts || item.isString()
              ? serving.promptTokens(item.asString())
              : mixed(item, "%s[%d]".formatted(path, i), tokenizer));
    }
    return new Prompts(prompts, true);
  }

  /// Tokens and texts in turn; a text at the beginning has what stands before every text.
  static int[] mixed(JsonNode list, String path, Tokenizer tokenizer) {
    if (!list.isArray() || list.isEmpty()) {
      throw ApiException.invalid(
          path, "`%s` must be a text or a list of tokens and texts".formatted(path));
    }
    var all = IntStream.builder();
    for (int i = 0; i < list.size(); i++) {
      var item = list.get(i);
      if (item.isString()) {
        int[] said = tokenizer.encode(item.stringValue(), SpecialTokens.AS_TOKENS);
        for (int id : i == 0 ? tokenizer.withPrefixTokens(said) : said) {
          all.add(id);
        }
      } else {
        all.add(token(item, "%s[%d]".formatted(path, i), tokenizer));
      }
    }
    return all.build().toArray();
  }

  static int token(JsonNode value, String path, Tokenizer tokenizer) {
    int most = tokenizer.vocabularySize() - 1;
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < 0
        || value.intValue() > most) {
      throw ApiException.invalid(
          path, "`%s` is no token: the ids are whole numbers from 0 to %d".formatted(path, most));
    }
    return value.intValue();
  }
}
