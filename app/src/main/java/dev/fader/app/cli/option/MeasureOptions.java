package dev.fader.app.cli.option;

import dev.fader.inspect.trace.LogitLens;
import dev.fader.inspect.trace.TokenMeasure;
import dev.fader.inspect.trace.TracedModel;
import dev.fader.model.file.LoadedModel;
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
    int asked =
        token == null ? mostProbable(model, ids, position) : choice(opened, "--token", token);
    if (against == null) {
      return TokenMeasure.logProbability(asked);
    }
    int other = choice(opened, "--against", against);
    if (other == asked) {
      throw new ParameterException(
          command.commandLine(), "--against is the token that is asked for: give another");
    }
    return TokenMeasure.logitDifference(asked, other);
  }

  private int choice(LoadedModel opened, String option, String given) {
    return TokenChoice.of(command, opened, option, given);
  }

  private static int mostProbable(TracedModel model, int[] ids, int position) {
    return LogitLens.mostProbable(model, ids, position);
  }
}
