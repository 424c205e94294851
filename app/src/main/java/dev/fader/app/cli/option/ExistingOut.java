package dev.fader.app.cli.option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// What a command that writes a model does where its OUT is there already: nothing, unless told to.
/// A directory goes as a whole when it is replaced, so one with other files in it stays.
public final class ExistingOut {
  /// Of these, one is in each directory of a model or an adapter.
  private static final Pattern MARK =
      Pattern.compile("config\\.json|adapter_config\\.json|manifest\\.json");

  /// What Fader, transformers, peft and mlx-lm write, and what is beside it where models are
  /// shared.
  private static final Pattern KNOWN =
      Pattern.compile(
          MARK.pattern()
              + "|.*\\.safetensors|.*\\.safetensors\\.index\\.json|(pytorch|adapter)_model.*\\.bin"
              + "|pytorch_model\\.bin\\.index\\.json|training_args\\.bin"
              + "|(generation|preprocessor|processor)_config\\.json|tokenizer.*|.*_token(s|s_map)\\.json"
              + "|vocab\\..*|merges\\.txt|chat_template\\..*|additional_chat_templates|labels\\.json"
              + "|recipe\\.json|log\\.jsonl|checkpoints|\\.run\\.(lock|process)"
              + "|LICENSE.*|README\\.md|\\.gitattributes");

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(names = "--overwrite", description = "Replaces OUT if it exists.")
  private boolean overwrite;

  ExistingOut() {}

  /// Whether writing `out` would delete `source`: it is the same, or in it.
  ///
  /// @throws IOException if one cannot be looked up
  public static boolean isOrHolds(Path out, Path source) throws IOException {
    return Files.exists(out)
        && Files.exists(source)
        && source.toRealPath().startsWith(out.toRealPath());
  }

  /// Refuses `out` if it is there and is not to be replaced, or is a directory with more in it than
  /// a model or an adapter.
  ///
  /// @throws ParameterException if it is there
  /// @throws IOException if there is more in it
  public void check(Path out) throws IOException {
    if (!overwrite && Files.exists(out, LinkOption.NOFOLLOW_LINKS)) {
      throw new ParameterException(
          command.commandLine(),
          out + " already exists: replace it (--overwrite) or choose another OUT");
    }
    if (Files.isDirectory(out)) {
      requireModel(out);
    }
  }

  private static void requireModel(Path directory) throws IOException {
    var names = new TreeSet<String>();
    try (var entries = Files.newDirectoryStream(directory)) {
      entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
    }
    if (names.isEmpty()) {
      return;
    }
    if (names.stream().noneMatch(name -> MARK.matcher(name).matches())) {
      throw new IOException(
          directory
              + " is not the directory of a model or an adapter, and --overwrite would delete all of"
              + " it: choose another OUT");
    }
    for (String name : names) {
      if (!KNOWN.matcher(name).matches()) {
        throw new IOException(
            "%s has '%s' in it, which is no file of a model, and --overwrite would delete it: move it, or choose another OUT"
                .formatted(directory, name));
      }
    }
  }
}
