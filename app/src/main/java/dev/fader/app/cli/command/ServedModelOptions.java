package dev.fader.app.cli.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The models that a server has, as they are given. What needs the server's module stands in
/// [GivenModels]: other commands run without it.
final class ServedModelOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Parameters(
      paramLabel = "[NAME=]MODEL",
      arity = "0..*",
      description =
          "A model directory, a .gguf file, or OWNER/NAME[:FILE] that pull has fetched, and the"
              + " name by which it is asked for, that of the file if not given.")
  private List<String> models = new ArrayList<>();

  @Option(
      names = "--adapter",
      paramLabel = "[MODEL:]NAME=PATH",
      description =
          "An adapter of a model, of the first one if none is named; it is asked for as"
              + " MODEL:NAME. It may be given more than once.")
  private List<String> adapters = new ArrayList<>();

  @Option(
      names = "--mix",
      paramLabel = "[MODEL=]FILE",
      description =
          "A mix, as fader mix makes it, for all that is asked of a model, of the first one if none"
              + " is named. The same file may be served under two names, one of them mixed.")
  private List<String> mixes = new ArrayList<>();

  ServedModelOptions() {}

  List<String> models() {
    return models;
  }

  List<String> adapters() {
    return adapters;
  }

  List<String> mixes() {
    return mixes;
  }

  ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
