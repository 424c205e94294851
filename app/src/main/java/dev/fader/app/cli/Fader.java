package dev.fader.app.cli;

import dev.fader.app.cli.command.AdapterCommand;
import dev.fader.app.cli.command.BenchCommand;
import dev.fader.app.cli.command.ClassifyCommand;
import dev.fader.app.cli.command.ConvertCommand;
import dev.fader.app.cli.command.DataCommand;
import dev.fader.app.cli.command.DemoCommand;
import dev.fader.app.cli.command.DiffCommand;
import dev.fader.app.cli.command.EmbedCommand;
import dev.fader.app.cli.command.EvaluateCommand;
import dev.fader.app.cli.command.ExplainCommand;
import dev.fader.app.cli.command.ExportCommand;
import dev.fader.app.cli.command.GenerateCommand;
import dev.fader.app.cli.command.InspectCommand;
import dev.fader.app.cli.command.LabCommand;
import dev.fader.app.cli.command.MergeCommand;
import dev.fader.app.cli.command.MixCommand;
import dev.fader.app.cli.command.ParamsCommand;
import dev.fader.app.cli.command.PlanCommand;
import dev.fader.app.cli.command.PredictCommand;
import dev.fader.app.cli.command.PsCommand;
import dev.fader.app.cli.command.PullCommand;
import dev.fader.app.cli.command.QuantizeCommand;
import dev.fader.app.cli.command.RelufyCommand;
import dev.fader.app.cli.command.RenderCommand;
import dev.fader.app.cli.command.RunCommand;
import dev.fader.app.cli.command.ServeCommand;
import dev.fader.app.cli.command.StopCommand;
import dev.fader.app.cli.command.StudioCommand;
import dev.fader.app.cli.command.SweepCommand;
import dev.fader.app.cli.command.SystemCommand;
import dev.fader.app.cli.command.TokenizeCommand;
import dev.fader.app.cli.command.TraceCommand;
import dev.fader.app.cli.command.TrainCommand;
import dev.fader.app.cli.command.TuneCommand;
import dev.fader.app.cli.command.UpcycleCommand;
import dev.fader.app.cli.option.RecipeOptions;
import dev.fader.app.cli.terminal.Failures;
import dev.fader.app.cli.terminal.StandardOutput;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// `fader`, the root of the command line. A command is one class, listed in `COMMANDS`; it inherits
/// `--help` and `--version`, and how its failures are told.
///
/// Exit codes: 0 done, 1 failed, 2 called wrongly.
@Command(
    name = "fader",
    description = "Trains, runs and looks inside language models.",
    mixinStandardHelpOptions = true,
    versionProvider = Fader.Version.class,
    scope = ScopeType.INHERIT)
public final class Fader implements Runnable {
  /// 128 and the number of SIGPIPE, as shells have it.
  private static final int BROKEN_PIPE = 141;

  /// In the order of the help.
  private static final List<Class<?>> COMMANDS =
      List.of(
          DemoCommand.class,
          TrainCommand.class,
          SweepCommand.class,
          LabCommand.class,
          DataCommand.class,
          TuneCommand.class,
          ClassifyCommand.class,
          RunCommand.class,
          GenerateCommand.class,
          ServeCommand.class,
          StudioCommand.class,
          PsCommand.class,
          StopCommand.class,
          RenderCommand.class,
          PredictCommand.class,
          PullCommand.class,
          EvaluateCommand.class,
          EmbedCommand.class,
          TokenizeCommand.class,
          ConvertCommand.class,
          MergeCommand.class,
          UpcycleCommand.class,
          RelufyCommand.class,
          AdapterCommand.class,
          MixCommand.class,
          ExportCommand.class,
          ParamsCommand.class,
          InspectCommand.class,
          DiffCommand.class,
          TraceCommand.class,
          PlanCommand.class,
          ExplainCommand.class,
          QuantizeCommand.class,
          BenchCommand.class,
          SystemCommand.class,
          CommandLine.HelpCommand.class);

  @Spec private CommandSpec spec;

  Fader() {}

  public static void main(String[] arguments) {
    // Nothing that is printed, here or in a library, may depend on where the machine stands.
    Locale.setDefault(Locale.ROOT);
    // What the library warns of, in a line: all that it logs and that is not hidden are warnings.
    System.setProperty("java.util.logging.SimpleFormatter.format", "fader: warning: %5$s%n");
    var standardOutput = new StandardOutput();
    var out = new PrintWriter(standardOutput, false, StandardCharsets.UTF_8);
    var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    if (Boolean.getBoolean("fader.clearWarning")) {
      // The launcher kept the cursor's place before the JVM warned of the incubator module.
      err.print("\0338\033[J");
      err.flush();
    }
    int exitCode = run(out, err, arguments);
    out.flush();
    if (standardOutput.failure().isPresent()) {
      exitCode = outputFailed(standardOutput, err);
    }
    awaitErrorPipe();
    System.exit(exitCode);
  }

  /// Whoever waits for this process finds all of standard error written: the launcher's pipe, where
  /// there is one, has passed on what it was given.
  private static void awaitErrorPipe() {
    Optional<ProcessHandle> pipe =
        Optional.ofNullable(Long.getLong("fader.errorPipe")).flatMap(ProcessHandle::of);
    if (pipe.isPresent()) {
      System.err.close();
      pipe.get().onExit().completeOnTimeout(pipe.get(), 1, TimeUnit.SECONDS).join();
    }
  }

  private static int outputFailed(StandardOutput output, PrintWriter err) {
    if (output.readerIsGone()) {
      return BROKEN_PIPE;
    }
    var why = output.failure().map(IOException::getMessage).orElse("");
    err.println("fader: standard output: " + why);
    return CommandLine.ExitCode.SOFTWARE;
  }

  /// The command line as picocli knows it, before it is told where its output goes: with all
  /// commands, or with only the one that `arguments` begin with, since picocli takes longer to read
  /// what all of them understand than many of them run.
  static CommandLine commandLine(String... arguments) {
    var line = new CommandLine(new Fader());
    var asked = COMMANDS.stream().filter(command -> isAsked(command, arguments)).toList();
    (asked.isEmpty() ? COMMANDS : asked).forEach(line::addSubcommand);
    for (var command : line.getSubcommands().values()) {
      RecipeOptions.addNumbers(command.getCommandSpec());
    }
    return HelpSections.addTo(line);
  }

  private static boolean isAsked(Class<?> command, String[] arguments) {
    return arguments.length > 0
        && !command.equals(CommandLine.HelpCommand.class) // it knows the others
        && command.getAnnotation(Command.class).name().equals(arguments[0]);
  }

  /// Runs one command line to its exit code.
  public static int run(PrintWriter out, PrintWriter err, String... arguments) {
    var failures = new Failures(System.getenv("FADER_DEBUG") != null);
    try {
      return commandLine(arguments)
          .setOut(out)
          .setErr(err)
          .setParameterExceptionHandler(failures)
          .setExecutionExceptionHandler(failures)
          .setCaseInsensitiveEnumValuesAllowed(true)
          .execute(arguments);
    } catch (OutOfMemoryError | StackOverflowError error) {
      return failures.report(err, error);
    }
  }

  /// Without a command there is nothing to do.
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "no command given; see fader --help for the list");
  }

  /// The version that the build wrote into the module descriptor.
  static final class Version implements IVersionProvider {
    Version() {}

    @Override
    public String[] getVersion() {
      var descriptor = Fader.class.getModule().getDescriptor();
      var version =
          descriptor == null ? "(not packaged)" : descriptor.rawVersion().orElse("(unknown)");
      return new String[] {
        "fader " + version, "on Java " + Runtime.version() + ", " + System.getProperty("os.arch")
      };
    }
  }
}
