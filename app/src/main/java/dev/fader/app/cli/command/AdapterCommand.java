package dev.fader.app.cli.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader adapter`: what can be done with the files of adapters.
@Command(
    name = "adapter",
    description =
        "Looks into adapters, converts them between the formats of peft and llama.cpp, makes one of"
            + " several, and takes one from the difference of two models.",
    subcommands = {
      AdapterInfoCommand.class,
      AdapterConvertCommand.class,
      AdapterCombineCommand.class,
      AdapterExtractCommand.class
    })
public final class AdapterCommand implements Runnable {
  @Spec private CommandSpec spec;

  AdapterCommand() {}

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "say what to do: adapter info, convert, combine or extract");
  }
}
