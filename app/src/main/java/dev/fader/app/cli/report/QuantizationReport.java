package dev.fader.app.cli.report;

import dev.fader.app.view.Json;
import dev.fader.format.GgufType;
import dev.fader.model.convert.ModelQuantization;
import dev.fader.model.convert.QuantizationMix;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What `quantize` did: a line for each tensor that changed, and the sum.
public record QuantizationReport(
    QuantizationMix mix,
    List<ModelQuantization.Result> results,
    Optional<PerplexityComparison.Change> perplexities) {

  private long bytesBefore() {
    return results.stream().mapToLong(r -> r.from().bytesFor(r.elements())).sum();
  }

  private long bytesAfter() {
    return results.stream().mapToLong(ModelQuantization.Result::bytes).sum();
  }

  private long elements() {
    return results.stream().mapToLong(ModelQuantization.Result::elements).sum();
  }

  private double bitsPerWeight() {
    return elements() == 0 ? 0 : (double) bytesAfter() * Byte.SIZE / elements();
  }

  /// Over all elements, copied ones included.
  private double rootMeanSquareError() {
    double sum = results.stream().mapToDouble(ModelQuantization.Result::squaredError).sum();
    return elements() == 0 ? 0 : Math.sqrt(sum / elements());
  }

  public void print(PrintWriter out, Path path) {
    int width = Math.max(6, results.stream().mapToInt(r -> r.name().length()).max().orElse(0));
    out.printf(Locale.ROOT, "%-" + width + "s  %-7s %-7s %12s%n", "tensor", "from", "to", "RMSE");
    for (var result : results) {
      if (result.from() != result.to()) {
        out.printf(
            Locale.ROOT,
            "%-" + width + "s  %-7s %-7s %12.4g%n",
            result.name(),
            GgufType.of(result.from()),
            GgufType.of(result.to()),
            result.rootMeanSquareError());
      }
    }
    out.printf(
        Locale.ROOT,
        "%n%s: %s, %,d bytes of tensors (%,d before), %.2f bits per weight, RMSE %.4g%n",
        path,
        mix,
        bytesAfter(),
        bytesBefore(),
        bitsPerWeight(),
        rootMeanSquareError());
    perplexities.ifPresent(change ->
        out.printf(
            Locale.ROOT,
            "perplexity %.4f, %.4f before (%+.2f %%), on %,d tokens%n",
            change.after(),
            change.before(),
            100 * (change.after() / change.before() - 1),
            change.tokens()));
  }

  public Map<String, Object> json(Path path) {
    var tensors =
        results.stream()
            .map(result ->
                Json.object(
                    "name", result.name(),
                    "from", GgufType.of(result.from()).name(),
                    "to", GgufType.of(result.to()).name(),
                    "elements", result.elements(),
                    "bytes", result.bytes(),
                    "rmse", result.rootMeanSquareError()))
            .toList();
    var object =
        Json.object(
            "out", path.toString(),
            "type", mix.name(),
            "bytes_before", bytesBefore(),
            "bytes", bytesAfter(),
            "bits_per_weight", bitsPerWeight(),
            "rmse", rootMeanSquareError(),
            "tensors", tensors);
    perplexities.ifPresent(change ->
        object.put(
            "perplexity",
            Json.object(
                "before", change.before(),
                "after", change.after(),
                "tokens", change.tokens())));
    return object;
  }
}
