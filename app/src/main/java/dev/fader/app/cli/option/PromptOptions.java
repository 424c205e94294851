package dev.fader.app.cli.option;

import dev.fader.generate.TextDelimiters;
import dev.fader.model.file.LoadedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// What a model is given to read: a text, or token ids.
public final class PromptOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "The text to go on from; - for standard input.")
  private @Nullable String prompt;

  @Option(
      names = "--prompt-file",
      paramLabel = "FILE",
      description = "The same from a file, without its last line end.")
  private @Nullable Path file;

  @Option(
      names = "--ids",
      paramLabel = "ID",
      split = ",",
      description = "Token ids to go on from, instead of a text.")
  private @Nullable List<Integer> ids;

  PromptOptions() {}

  /// The tokens to read; without a prompt, the one that texts begin after.
  ///
  /// @param given the text as a parameter, if there is one
  /// @throws IOException if the prompt cannot be read
  public int[] tokens(LoadedModel model, @Nullable String given) throws IOException {
    var sources = new ArrayList<String>();
    noteSource(sources, given, "a PROMPT");
    noteSource(sources, prompt, "--prompt");
    noteSource(sources, file, "--prompt-file");
    noteSource(sources, ids, "--ids");
    if (sources.size() > 1) {
      throw misuse(
          "%s exclude each other: give one of them".formatted(String.join(" and ", sources)));
    }
    if (ids != null) {
      return checked(model);
    }
    var text = text(given);
    if (text.isEmpty()) {
      return start(model);
    }
    var tokenizer = model.tokenizer().orElseThrow(() -> withoutTokenizer(model));
    return tokenizer.withPrefixTokens(tokenizer.encode(text));
  }

  private static void noteSource(List<String> sources, @Nullable Object value, String name) {
    if (value != null) {
      sources.add(name);
    }
  }

  private String text(@Nullable String given) throws IOException {
    if (file != null) {
      return withoutLastLineEnd(TextInput.read(file));
    }
    var text = given == null ? prompt : given;
    if (text != null && !text.equals("-")) {
      return text;
    }
    boolean isPiped = text != null || TextInput.isPiped();
    return isPiped ? withoutLastLineEnd(TextInput.standardInput(this::tellOfSilence)) : "";
  }

  /// Who did not mean to give a prompt would wait for ever.
  private void tellOfSilence() {
    var err = command.commandLine().getErr();
    err.println("waiting for the prompt on standard input; < /dev/null is for none");
    err.flush();
  }

  /// Editors and `echo` end a text with a line end that is none of its own.
  private static String withoutLastLineEnd(String text) {
    return text.replaceFirst("\\r?\\n\\z", "");
  }

  private int[] checked(LoadedModel model) {
    var given = ids == null ? List.<Integer>of() : ids;
    int[] tokens = given.stream().mapToInt(id -> id).toArray();
    new TokenIds("--ids", model.config().vocabularySize()).check(command, tokens);
    return tokens;
  }

  private int[] start(LoadedModel model) {
    int[] tokens = TextDelimiters.start(model);
    if (tokens.length == 0) {
      throw misuse("this model has no beginning-of-sequence token: give a prompt or --ids");
    }
    return tokens;
  }

  private ParameterException withoutTokenizer(LoadedModel model) {
    return misuse(
        "%s has no tokenizer.json, so it cannot read text: give --ids".formatted(model.path()));
  }

  private ParameterException misuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
