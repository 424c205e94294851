package dev.fader.app.cli.terminal;

import dev.fader.template.TemplateException;
import dev.fader.tensor.OutOfTensorMemory;
import java.io.FileNotFoundException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// Tells what went wrong: one line on standard error, and the exit code. With `FADER_DEBUG` set the
/// stack trace follows.
///
/// A command that was called wrongly throws a picocli `ParameterException`, which is exit code 2;
/// whatever else it throws is a failure, exit code 1.
public final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
  private final boolean withTrace;

  public Failures(boolean withTrace) {
    this.withTrace = withTrace;
  }

  @Override
  public int handleParseException(ParameterException misuse, String[] arguments) {
    var command = misuse.getCommandLine();
    print(command.getErr(), FlagNames.in(Misuse.line(misuse)), misuse);
    return CommandLine.ExitCode.USAGE;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, ParseResult arguments) {
    return report(command.getErr(), failure);
  }

  /// Prints the line for `failure`.
  public int report(PrintWriter err, Throwable failure) {
    if (!(failure instanceof OutputClosed)) {
      print(err, message(failure), failure);
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  private void print(PrintWriter err, String message, Throwable failure) {
    err.println(line(message));
    if (withTrace) {
      failure.printStackTrace(err);
    }
  }

  /// The line for `failure`, as commands end with it.
  public static String line(Throwable failure) {
    return line(message(failure));
  }

  /// What a file says may be quoted, and must not steer the terminal.
  private static String line(String message) {
    return "fader: "
        + message.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll("\\p{Cntrl}", "\uFFFD");
  }

  /// What to say of it, in a line. What a template raises are its own words, not names of fields.
  public static String message(Throwable failure) {
    return switch (failure) {
      case UncheckedIOException wrapped -> message(Objects.requireNonNull(wrapped.getCause()));
      case NoSuchFileException file ->
          file.getFile()
              + ": "
              + Objects.requireNonNullElse(file.getReason(), "no such file or directory");
      case AccessDeniedException file -> file.getFile() + ": permission denied";
      case FileAlreadyExistsException file -> file.getFile() + ": exists already";
      case NotDirectoryException file -> file.getFile() + ": not a directory";
      case DirectoryNotEmptyException file -> file.getFile() + ": directory is not empty";
      case FileSystemException file -> file.getFile() + ": " + file.getReason();
      case FileNotFoundException file -> String.valueOf(file.getMessage());
      case CharacterCodingException _ -> "input is not valid UTF-8";
      case OutOfTensorMemory memory ->
          memory.getMessage() + ": choose a smaller model, or less --batch or --context";
      case OutOfMemoryError _ ->
          "out of Java heap memory; set FADER_OPTS=-Xmx4g or more, or make the task smaller";
      case TemplateException template -> String.valueOf(template.getMessage());
      default -> {
        var message = failure.getMessage();
        yield message == null || message.isBlank()
            ? failure.getClass().getSimpleName()
            : FlagNames.in(message);
      }
    };
  }
}
