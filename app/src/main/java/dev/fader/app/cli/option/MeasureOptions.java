package dev.fader.app.cli.option;

import dev.fader.app.view.TokenChoice;
import dev.fader.inspect.trace.LogitLens;
import dev.fader.inspect.trace.TokenMeasure;
import dev.fader.inspect.trace.TracedModel;
import dev.fader.model.file.LoadedModel;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Which token's prediction is looked into.
public final class MeasureOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description =
          "The next token that is asked for: "
              + TokenChoice.FORMS
              + "; the most probable if not"
              + " given.")
  private @Nullable String token;

  @Option(
      names = "--against",
      paramLabel = "TOKEN",
      description = "Another one: by how much the logit of the first exceeds its own.")
  private @Nullable String against;

  @Option(
      names = "--position",
      paramLabel = "P",
      description = "After which token of the text, counted from 0; the last if not given.")
  private @Nullable Integer position;

  MeasureOptions() {}

  /// After which token of the text, if it was said.
  public OptionalInt position() {
    return position == null ? OptionalInt.empty() : OptionalInt.of(position);
  }

  /// What is asked of the prediction after `position`.
  public TokenMeasure measure(LoadedModel opened, TracedModel model, int[] ids, int position) {
    var asked =
        new TokenChoice.Asked(
            "--token", Optional.ofNullable(token), "--against", Optional.ofNullable(against));
    int usual = token == null ? LogitLens.mostProbable(model, ids, position) : -1;
    try {
      return NamedToken.choice(opened).measure(asked, usual);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(command.commandLine(), wrong.getMessage(), wrong);
    }
  }
}
