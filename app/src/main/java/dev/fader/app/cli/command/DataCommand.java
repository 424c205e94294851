package dev.fader.app.cli.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader data`: what a text is like before anything is learned from it.
@Command(
    name = "data",
    description =
        "Tells what texts are like (repeated, in which languages, how long, known to other texts), and"
            + " copies those that are good.",
    subcommands = {DataReportCommand.class, DataCleanCommand.class})
public final class DataCommand implements Runnable {
  @Spec private CommandSpec spec;

  DataCommand() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say what to do: data report or data clean");
  }
}
