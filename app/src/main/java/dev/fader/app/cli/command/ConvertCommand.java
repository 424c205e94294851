package dev.fader.app.cli.command;

import dev.fader.app.cli.option.ExistingOut;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.terminal.ProgressLine;
import dev.fader.app.view.Json;
import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.model.convert.ModelConversion;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader convert`: a Hugging Face directory as a GGUF file, or the other way round.
@Command(
    name = "convert",
    description = {
      "Writes a model in the other layout: a Hugging Face directory as a GGUF file, or a GGUF file"
          + " as a directory.",
      "Configuration and chat template go along, and the tokenizer into a GGUF file. Quantised"
          + " tensors become plain ones in a directory."
    })
public final class ConvertCommand implements Callable<Integer> {
  /// The types that can be asked for, by their names in both layouts.
  enum Type {
    F32(DType.FLOAT32),
    F16(DType.FLOAT16),
    BF16(DType.BFLOAT16);

    private final DType type;

    Type(DType type) {
      this.type = type;
    }
  }

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "IN",
      description =
          "A model directory, a .gguf file (of several, the first), or OWNER/NAME that pull has"
              + " fetched.")
  private Path in = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "The .gguf file or directory to write.")
  private Path out = Path.of("");

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description =
          "Of the matrices in OUT: ${COMPLETION-CANDIDATES}; default: as they are, and F32 for"
              + " quantised ones.")
  private @Nullable Type type;

  @Mixin private ExistingOut existing;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  ConvertCommand() {}

  @Override
  public Integer call() throws IOException {
    var model = ModelArgument.resolve(in);
    check(model);
    var err = spec.commandLine().getErr();
    var progress = new ProgressLine(err);
    long start = System.nanoTime();
    var conversion =
        new ModelConversion(
            model,
            out,
            Optional.ofNullable(type).map(wanted -> wanted.type),
            (bytes, total) ->
                progress.show(
                    (double) bytes / total,
                    "written: %s of %s MB".formatted(megabytes(bytes), megabytes(total)),
                    false));
    ModelConversion.Summary summary;
    try {
      summary = conversion.run();
    } finally {
      progress.clear();
    }
    report(summary, (System.nanoTime() - start) / 1e9);
    return 0;
  }

  private void check(Path model) throws IOException {
    boolean directory = Files.isDirectory(model);
    if (!directory && !GgufFile.isGguf(model)) {
      throw new FormatException(model, "is not a model: name a model directory or a .gguf file");
    }
    boolean namedGguf = out.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
    if (directory != namedGguf) {
      throw new ParameterException(
          spec.commandLine(),
          directory
              ? "%s is a directory and becomes a GGUF file: give OUT a name that ends in .gguf"
                  .formatted(in)
              : "%s is a GGUF file and becomes a directory: give OUT a name that does not end in .gguf"
                  .formatted(in));
    }
    existing.check(out);
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / 1e6);
  }

  private void report(ModelConversion.Summary summary, double seconds) {
    var model = summary.model();
    if (json) {
      spec.commandLine()
          .getOut()
          .println(
              Json.text(
                  Json.object(
                      "in", in.toString(),
                      "out", out.toString(),
                      "family", model.family(),
                      "tensors", summary.tensors(),
                      "bytes", summary.bytes(),
                      "seconds", seconds)));
      return;
    }
    spec.commandLine()
        .getErr()
        .printf(
            Locale.ROOT,
            "%s: %s, %d tensors, %s MB in %.1f s%n",
            out,
            model.family(),
            summary.tensors(),
            megabytes(summary.bytes()),
            seconds);
  }
}
