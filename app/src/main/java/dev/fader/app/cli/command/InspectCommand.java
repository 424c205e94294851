package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.report.TensorReport;
import dev.fader.app.cli.report.TensorSheet;
import dev.fader.app.cli.report.TensorSort;
import dev.fader.app.view.SliceText;
import dev.fader.inspect.tensor.ModelTensor;
import dev.fader.inspect.tensor.ModelTensors;
import dev.fader.inspect.tensor.NoSuchTensorException;
import dev.fader.inspect.tensor.Spectrum;
import dev.fader.inspect.tensor.TensorCell;
import dev.fader.inspect.tensor.TensorScan;
import dev.fader.inspect.tensor.TensorSlice;
import dev.fader.kernel.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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

/// `fader inspect`: the numbers of a model.
@Command(
    name = "inspect",
    description =
        "Shows what the numbers of a model are like: statistics of each tensor, what is odd about"
            + " them, any of the numbers.")
public final class InspectCommand implements Callable<Integer> {
  /// Singular values at most, so that no matrix of them is larger than the tensors.
  private static final int MOST_SINGULAR = 1024;

  private static final double GIGA = 1e9;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      description =
          "A model directory, a .safetensors or .gguf file, or OWNER/NAME[:FILE] that pull has"
              + " fetched; of any family.")
  private Path model = Path.of("");

  @Option(
      names = "--tensor",
      paramLabel = "PATTERN",
      description =
          "Only tensors of this name, or with it between dots: q_proj, blk.3; * stands for any"
              + " letters. Of a single one everything is told.")
  private @Nullable String pattern;

  @Option(
      names = "--slice",
      paramLabel = "ROWS,COLUMNS",
      description =
          "The numbers themselves of one tensor: 0:4,0:8 or 17,: for a whole row; counted from 0.")
  private @Nullable String slice;

  @Option(
      names = "--cell",
      paramLabel = "ROW,COLUMN",
      description = "One number, where it is in the file, and the block that it lies in.")
  private @Nullable String cell;

  @Option(
      names = "--singular",
      paramLabel = "N",
      description =
          "The N largest singular values of each matrix, its spectral norm and ranks; takes seconds"
              + " for a large one.")
  private int singular;

  @Option(
      names = "--sort",
      paramLabel = "KEY",
      description =
          "Largest first: size, outliers, norm, kurtosis, largest, deviation, zeros; or name; as"
              + " the file has them if not given.")
  private TensorSort sort = TensorSort.FILE;

  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  InspectCommand() {}

  @Override
  public Integer call() throws IOException {
    if (singular < 0 || singular > MOST_SINGULAR) {
      throw misuse(
          "--singular is %d, and must be from 0, for none, to %d"
              .formatted(singular, MOST_SINGULAR));
    }
    var out = spec.commandLine().getOut();
    try (var tensors = ModelTensors.open(ModelArgument.resolve(model))) {
      var chosen = chosen(tensors);
      if (cell != null) {
        out.println(showCell(one(chosen, "--cell"), cell));
      } else if (slice != null) {
        out.println(showSlice(one(chosen, "--slice"), slice));
      } else {
        scan(tensors, chosen);
      }
    }
    return 0;
  }

  private List<ModelTensor> chosen(ModelTensors tensors) {
    try {
      return pattern == null ? List.copyOf(tensors.all()) : tensors.matching(pattern);
    } catch (NoSuchTensorException none) {
      throw new ParameterException(spec.commandLine(), "--tensor: " + none.getMessage(), none);
    }
  }

  private ModelTensor one(List<ModelTensor> chosen, String flag) {
    if (chosen.size() == 1) {
      return chosen.getFirst();
    }
    throw misuse(
        pattern == null
            ? flag + " is about one tensor: name it with --tensor"
            : "%s is about one tensor, and --tensor %s names %d: '%s' and others"
                .formatted(
                    flag, pattern, chosen.size(), TensorReport.shown(chosen.getFirst().entry())));
  }

  private String showCell(ModelTensor tensor, String text) {
    try {
      var place = SliceText.parse("--cell", text);
      if (!place.isCell()) {
        throw misuse("--cell '%s' is not a row and a column: write 3,17".formatted(text));
      }
      var found = TensorCell.of(tensor, place.row(), place.column());
      return json ? TensorSheet.json(found) : TensorSheet.text(found);
    } catch (IndexOutOfBoundsException | IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), wrong.getMessage(), wrong);
    }
  }

  private String showSlice(ModelTensor tensor, String text) {
    try {
      var place = SliceText.parse("--slice", text);
      var entry = tensor.entry();
      var found = TensorSlice.of(tensor, place.rows(entry.rows()), place.columns(entry.columns()));
      return json ? TensorSheet.json(found) : TensorSheet.text(found);
    } catch (IndexOutOfBoundsException | IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), wrong.getMessage(), wrong);
    }
  }

  private void scan(ModelTensors tensors, List<ModelTensor> chosen) {
    var report = new TensorReport(tensors.path());
    long start = System.nanoTime();
    long bytes = 0;
    try (var engine = engineOptions.open();
        var scan = new TensorScan(engine.kernels())) {
      for (var tensor : chosen) {
        if (tensor.isReadable()) {
          report.add(scan.scan(tensor), spectrum(tensor, engine));
          bytes += tensor.entry().bytes();
        } else {
          report.addUnread(tensor.entry());
        }
      }
    }
    double seconds = (System.nanoTime() - start) / GIGA;
    report.sort(sort);
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(report.json());
      return;
    }
    report.print(out);
    if (chosen.size() == 1 && chosen.getFirst().isReadable()) {
      report.printSheet(out, chosen.getFirst());
    }
    spec.commandLine()
        .getErr()
        .printf(
            Locale.ROOT,
            "%.3f GB in %.2f s, %.2f GB/s%n",
            bytes / GIGA,
            seconds,
            bytes / GIGA / seconds);
  }

  private Optional<Spectrum> spectrum(ModelTensor tensor, Engine engine) {
    var entry = tensor.entry();
    if (singular == 0 || entry.rows() < 2 || entry.columns() < 2) {
      return Optional.empty();
    }
    try {
      return Optional.of(Spectrum.of(tensor, singular, engine, () -> false));
    } catch (IllegalArgumentException notFinite) {
      spec.commandLine()
          .getErr()
          .println(
              "fader: warning: no singular values of '%s': %s"
                  .formatted(TensorReport.shown(entry), notFinite.getMessage()));
      return Optional.empty();
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
