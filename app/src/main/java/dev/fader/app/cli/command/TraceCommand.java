package dev.fader.app.cli.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader trace`: a text going through a model.
@Command(
    name = "trace",
    description =
        "Follows a text through a model: what each layer would say, where heads look, what made a"
            + " token likely, and what would change it.",
    subcommands = {
      TraceLensCommand.class,
      TraceAttentionCommand.class,
      TraceAttributionCommand.class,
      TraceSensitivityCommand.class,
      TraceAblateCommand.class,
      TracePatchCommand.class,
      TraceSteerCommand.class,
      TraceActivationsCommand.class,
      TraceExpertsCommand.class,
      TraceHeadsCommand.class,
      TraceExamplesCommand.class,
      TraceNeighboursCommand.class
    })
public final class TraceCommand implements Runnable {
  @Spec private CommandSpec spec;

  TraceCommand() {}

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "say what to look at: trace lens, attention, attribution, sensitivity, ablate, patch, steer,"
            + " activations, experts, heads, examples or neighbours");
  }
}
