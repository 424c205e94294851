package dev.fader.serve.llamacpp;

import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.InfillTokens;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiException.Kind;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// The prompt for a text between a prefix and a suffix, by the tokens that models of code were
/// trained with (Bavarian et al., [Efficient training of language models to fill in the
/// middle](https://arxiv.org/abs/2207.14255)).
final class InfillPrompt {
  private static final List<String> REPOSITORY =
      List.of("<|repo_name|>", "<reponame>", "<repo_name>");
  private static final List<String> FILE = List.of("<|file_sep|>", "<file_sep>");

  private static final int MOST_FILES = 1000;

  private final Tokenizer tokenizer;
  private final IntStream.Builder tokens = IntStream.builder();

  private InfillPrompt(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /// A file beside the one that is written.
  private record Extra(String name, String text) {}

  static int[] read(BodyFields body, Tokenizer tokenizer) {
    var extras = new ArrayList<Extra>();
    for (var one : body.objects("input_extra", MOST_FILES)) {
      var name = one.text("filename");
      extras.add(new Extra(name.orElse("tmp"), one.requiredText("text")));
    }
    var marks =
        InfillTokens.of(tokenizer)
            .orElseThrow(() ->
                new ApiException(
                    Kind.NOT_SUPPORTED,
                    "the model was not trained to fill in, and has no tokens for it: ask another"
                        + " model, or continue texts by /completion"));
    var prompt = new InfillPrompt(tokenizer);
    for (int id : tokenizer.prefixTokens()) {
      prompt.tokens.add(id);
    }
    prompt.add(extras);
    prompt.tokens.add(marks.before());
    prompt.add(body.text("input_prefix").orElse(""));
    prompt.tokens.add(marks.behind());
    prompt.add(body.text("input_suffix").orElse(""));
    prompt.tokens.add(marks.between());
    prompt.add(body.text("prompt").orElse(""));
    return prompt.tokens.build().toArray();
  }

  private void add(List<Extra> extras) {
    var repository = find(REPOSITORY, tokenizer);
    var file = find(FILE, tokenizer);
    if (file.isEmpty()) {
      extras.forEach(extra -> add(extra.text()));
      return;
    }
    if (repository.isPresent()) {
      tokens.add(repository.getAsInt());
      add("myproject\n");
    }
    for (var extra : extras) {
      tokens.add(file.getAsInt());
      add(extra.name() + "\n" + extra.text());
    }
    if (!extras.isEmpty()) {
      tokens.add(file.getAsInt());
      add("filename\n");
    }
  }

  private void add(String text) {
    if (!text.isEmpty()) {
      for (int id : tokenizer.encode(text)) {
        tokens.add(id);
      }
    }
  }

  private static OptionalInt find(List<String> names, Tokenizer tokenizer) {
    for (var name : names) {
      var id = tokenizer.id(name);
      if (id.isPresent()) {
        return id;
      }
    }
    return OptionalInt.empty();
  }
}
