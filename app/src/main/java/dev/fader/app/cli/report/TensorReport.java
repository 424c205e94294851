package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.Json;
import dev.fader.app.view.TensorView;
import dev.fader.inspect.tensor.ModelTensor;
import dev.fader.inspect.tensor.Spectrum;
import dev.fader.inspect.tensor.TensorEntry;
import dev.fader.inspect.tensor.TensorStatistics;
import dev.fader.inspect.tensor.TensorWarning;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What the numbers of a model are like: warnings, a table with a line for each tensor, and JSON.
public final class TensorReport {
  private static final int LONGEST_NAME = 60;
  private static final double PERCENT = 100;

  /// More are no longer read by anybody; files of strangers may have a tensor a byte.
  private static final int MOST_WARNINGS = 100;

  private final Path path;
  private final List<TensorStatistics> tensors = new ArrayList<>();
  private final Map<String, Spectrum> spectra = new LinkedHashMap<>();
  private final List<TensorEntry> unread = new ArrayList<>();

  public TensorReport(Path path) {
    this.path = path;
  }

  public void add(TensorStatistics statistics, Optional<Spectrum> spectrum) {
    tensors.add(statistics);
    spectrum.ifPresent(found -> spectra.put(statistics.entry().name(), found));
  }

  /// Adds a tensor of a type that is not decoded.
  public void addUnread(TensorEntry entry) {
    unread.add(entry);
  }

  public void sort(TensorSort by) {
    tensors.sort(by.order());
  }

  /// The name of a tensor, fit to be shown.
  public static String shown(TensorEntry entry) {
    return WrittenText.name(entry.name());
  }

  /// The dimensions.
  static String shape(TensorEntry entry) {
    return entry.shape().isEmpty()
        ? "one number"
        : entry.shape().stream().map(String::valueOf).collect(Collectors.joining(" x "));
  }

  private List<TensorWarning> warnings() {
    return tensors.stream()
        .flatMap(statistics -> TensorWarning.of(statistics).stream())
        .sorted((a, b) -> a.kind().compareTo(b.kind()))
        .toList();
  }

  public void print(PrintWriter out) {
    var warnings = warnings();
    for (var warning : warnings.subList(0, Math.min(MOST_WARNINGS, warnings.size()))) {
      out.println("warning: %s: %s".formatted(WrittenText.name(warning.tensor()), warning.text()));
    }
    if (warnings.size() > MOST_WARNINGS) {
      out.println(
          "warning: and %,d more, which --json has".formatted(warnings.size() - MOST_WARNINGS));
    }
    for (var entry : unread) {
      out.println(
          "warning: %s: stored as %s, which is not decoded".formatted(shown(entry), entry.type()));
    }
    int name =
        Math.max(
            6, tensors.stream().mapToInt(some -> shown(some.entry()).length()).max().orElse(0));
    int shape =
        Math.max(
            5, tensors.stream().mapToInt(some -> shape(some.entry()).length()).max().orElse(0));
    var format = "%-" + Math.min(name, LONGEST_NAME) + "s  %-8s  %" + shape + "s";
    out.printf(
        Locale.ROOT,
        format + "  %6s  %10s  %10s  %10s  %10s  %8s  %7s  %8s%n",
        "tensor",
        "type",
        "shape",
        "bits",
        "mean",
        "deviation",
        "norm",
        "largest",
        "kurtosis",
        "zeros",
        "outliers");
    for (var of : tensors) {
      var entry = of.entry();
      out.printf(
          Locale.ROOT,
          format + "  %6.3f  %10s  %10s  %10s  %10s  %8s  %6.2f%%  %,8d%n",
          shown(entry),
          entry.type(),
          shape(entry),
          entry.bitsPerWeight(),
          number(of.mean()),
          number(of.deviation()),
          number(of.norm()),
          number(of.largest()),
          Double.isNaN(of.kurtosis()) ? "-" : String.format(Locale.ROOT, "%.2f", of.kurtosis()),
          PERCENT * of.zeroShare(),
          of.outliers());
    }
    if (tensors.size() > 1) {
      out.printf(
          Locale.ROOT,
          "%,d tensors, %,d numbers, %,d bytes%n",
          tensors.size(),
          tensors.stream().mapToLong(of -> of.entry().elements()).sum(),
          tensors.stream().mapToLong(of -> of.entry().bytes()).sum());
    }
    spectra.forEach((tensor, spectrum) -> print(out, tensor, spectrum));
  }

  static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4g", value);
  }

  private static void print(PrintWriter out, String tensor, Spectrum spectrum) {
    out.printf(
        Locale.ROOT,
        "%n%s: spectral norm %s, stable rank %.1f%s%n",
        WrittenText.name(tensor),
        number(spectrum.norm()),
        spectrum.stableRank(),
        spectrum.effectiveRank().isPresent()
            ? String.format(
                Locale.ROOT, ", effective rank %.1f", spectrum.effectiveRank().getAsDouble())
            : "");
    out.printf(
        Locale.ROOT,
        "  singular values %s%n  which are %.1f %% of the squared norm%n",
        spectrum.largest().stream().map(TensorReport::number).collect(Collectors.joining(" ")),
        PERCENT * spectrum.energy());
  }

  /// All that is known of a single tensor.
  public void printSheet(PrintWriter out, ModelTensor tensor) {
    TensorSheet.print(out, tensors.getFirst(), tensor);
  }

  public String json() {
    return Json.text(
        Json.object(
            "model", path.toString(),
            "warnings", TensorView.warnings(warnings()),
            "tensors", tensors.stream().map(this::object).toList(),
            "not_decoded", unread.stream().map(TensorView::of).toList()));
  }

  private Map<String, Object> object(TensorStatistics of) {
    return TensorView.of(of, Optional.ofNullable(spectra.get(of.entry().name())));
  }
}
