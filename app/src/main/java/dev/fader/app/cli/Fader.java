package dev.fader.app.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// `fader`, the root of the command line.
@Command(name = "fader")
public final class Fader {
  private Fader() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Fader()).execute(arguments));
  }
}
