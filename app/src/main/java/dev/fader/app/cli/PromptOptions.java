package dev.fader.app.cli;

import dev.fader.model.LanguageModel;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// What a model is given to read: a text, or token ids.
final class PromptOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(names = "--prompt", paramLabel = "TEXT", description = "The text to go on from.")
  private @Nullable String prompt;

  @Option(
      names = "--ids",
      paramLabel = "ID",
      split = ",",
      description = "Token ids to go on from, instead of a text.")
  private @Nullable List<Integer> ids;

  PromptOptions() {}

  /// The tokens to read; without a prompt, the one that texts begin after.
  int[] tokens(LanguageModel model) {
    if (prompt != null && ids != null) {
      throw misuse("--prompt and --ids exclude each other: give one of them");
    }
    if (ids != null) {
      return checked(model);
    }
    if (prompt != null && !prompt.isEmpty()) {
      var tokenizer = model.tokenizer().orElseThrow(() -> withoutTokenizer(model));
      return tokenizer.begun(tokenizer.encode(prompt));
    }
    int[] before = model.tokenizer().map(Tokenizer::before).orElse(new int[0]);
    return before.length > 0 ? before : new int[] {start(model)};
  }

  private int[] checked(LanguageModel model) {
    var given = ids == null ? List.<Integer>of() : ids;
    int[] tokens = given.stream().mapToInt(id -> id).toArray();
    new TokenIds("--ids", model.config().vocabularySize()).check(command, tokens);
    return tokens;
  }

  private int start(LanguageModel model) {
    var begin = model.tokenizer().map(Tokenizer::beginOfText);
    if (begin.isPresent() && begin.get().isPresent()) {
      return begin.get().getAsInt();
    }
    var candidates = new ArrayList<Integer>();
    if (model.config().specialTokens().begin() >= 0) {
      candidates.add(model.config().specialTokens().begin());
    }
    model.tokenizer().map(Tokenizer::endOfText).ifPresent(end -> end.ifPresent(candidates::add));
    candidates.addAll(model.config().specialTokens().ends());
    if (candidates.isEmpty()) {
      throw misuse("this model has no token that texts begin with: give --prompt or --ids");
    }
    return candidates.getFirst();
  }

  private ParameterException withoutTokenizer(LanguageModel model) {
    return misuse(
        "%s has no tokenizer.json, so it cannot read text: give --ids".formatted(model.path()));
  }

  private ParameterException misuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
