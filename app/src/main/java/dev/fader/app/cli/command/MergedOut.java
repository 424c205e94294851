package dev.fader.app.cli.command;

import dev.fader.app.cli.option.ExistingOut;
import dev.fader.app.cli.option.StoredType;
import dev.fader.app.view.Json;
import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.model.adapter.Origin;
import dev.fader.model.convert.ModelMerge;
import dev.fader.model.convert.ModelQuantization;
import dev.fader.model.convert.WeightType;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Where a model goes that has in its weights what was beside them, and what is told of it.
final class MergedOut {
  private static final String TYPE = "--type";

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = TYPE,
      paramLabel = "TYPE",
      description =
          "Of the matrices in OUT: f32, f16 or bf16, and for a .gguf file one that quantize writes,"
              + " such as Q4_K_M; default: as they are in MODEL, quantised again.")
  private @Nullable String type;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  MergedOut() {}

  private static boolean isGguf(Path out) {
    return out.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
  }

  /// Refuses what cannot be written, before anything is opened.
  ///
  /// @param model as the user named it
  /// @param sources the model, and what else is read
  void check(Path model, List<Path> sources, Path out, ExistingOut existing) throws IOException {
    requireModel(sources.getFirst());
    if (!Files.isDirectory(sources.getFirst()) && !isGguf(out)) {
      throw misuse(
          "%s is a GGUF file, and so is what comes of it: give OUT, %s, a name that ends in .gguf"
              .formatted(model, out));
    }
    if (isGguf(out) && Files.isDirectory(out)) {
      throw misuse("OUT, %s, is a directory, and a .gguf file is to be written".formatted(out));
    }
    checkPlace(sources, out, existing);
    stored();
  }

  /// The same of an adapter, which is a directory whatever the model is.
  void checkAdapter(List<Path> sources, Path out, ExistingOut existing) throws IOException {
    requireModel(sources.getFirst());
    if (type != null || isGguf(out)) {
      throw misuse(
          "--rank writes the directory of an adapter, in float32: leave --type and .gguf out; fader adapter convert makes a GGUF file of it");
    }
    checkPlace(sources, out, existing);
  }

  private static void requireModel(Path source) throws IOException {
    if (!Files.isDirectory(source) && !GgufFile.isGguf(source)) {
      throw new FormatException(source, "is not a model: name a model directory or a .gguf file");
    }
  }

  private void checkPlace(List<Path> sources, Path out, ExistingOut existing) throws IOException {
    for (var read : sources) {
      if (ExistingOut.isOrHolds(out, read)) {
        throw misuse(
            "OUT, %s, would take the place of %s, which is read: choose another OUT"
                .formatted(out, read));
      }
    }
    existing.check(out);
  }

  private Optional<WeightType> stored() {
    return Optional.ofNullable(type).map(name -> StoredType.weights(spec, TYPE, name));
  }

  /// Writes it and tells what was written.
  void write(Path model, ModelMerge merge, Path out) throws IOException {
    long start = System.nanoTime();
    var summary =
        isGguf(out)
            ? merge.writeGguf(out, stored().map(this::ofFile))
            : merge.writeDirectory(out, stored().map(this::ofDirectory));
    report(model, out, summary, (System.nanoTime() - start) / 1e9);
  }

  /// A LoRA that is to be written.
  ///
  /// @param rank at most
  record Adapter(Path out, int rank, Origin origin) {}

  /// Writes a LoRA that does what would be in the weights.
  void writeAdapter(ModelMerge merge, Adapter adapter) throws IOException {
    int modules = merge.writeAdapter(adapter.out, adapter.rank, adapter.origin);
    if (json) {
      spec.commandLine()
          .getOut()
          .println(
              Json.text(
                  Json.object(
                      "out", adapter.out.toString(), "rank", adapter.rank, "modules", modules)));
    } else {
      spec.commandLine()
          .getErr()
          .printf(Locale.ROOT, "%s: an adapter that changes %d modules%n", adapter.out, modules);
    }
  }

  private DType ofDirectory(WeightType wanted) {
    if (wanted instanceof WeightType.Uniform(var plain) && !plain.isQuantized()) {
      return plain;
    }
    throw misuse(
        "--type %s is of GGUF files: give OUT a name that ends in .gguf, or choose f32, f16 or bf16"
            .formatted(wanted.name()));
  }

  private WeightType ofFile(WeightType wanted) {
    if (wanted instanceof WeightType.Uniform(var plain) && plain.isQuantized()) {
      throw misuse(
          "--type %s is not one that quantize writes: choose f32, f16, bf16 or one such as Q4_K_M"
              .formatted(wanted.name()));
    }
    return wanted;
  }

  private void report(Path model, Path out, ModelMerge.Summary summary, double seconds) {
    var check = summary.check();
    var quantized = summary.rounded().stream().filter(one -> one.to().isQuantized()).toList();
    double error = rootMeanSquareError(quantized);
    if (json) {
      spec.commandLine()
          .getOut()
          .println(
              Json.text(
                  Json.object(
                      "model", model.toString(),
                      "out", out.toString(),
                      "tensors", summary.tensors(),
                      "bytes", summary.bytes(),
                      "quantized", quantized.size(),
                      "quantization_error", error,
                      "logit_difference", check.largest(),
                      "relative_difference", check.relative(),
                      "relative_bound", check.bound(),
                      "seconds", seconds)));
      return;
    }
    var err = spec.commandLine().getErr();
    err.printf(
        Locale.ROOT,
        "%s: %d tensors, %.1f MB in %.1f s%n",
        out,
        summary.tensors(),
        summary.bytes() / 1e6,
        seconds);
    if (!quantized.isEmpty()) {
      err.printf(
          Locale.ROOT,
          "quantised: %d tensors, which are off by %.3g, as a root mean square%n",
          quantized.size(),
          error);
    }
    err.printf(
        Locale.ROOT,
        "checked: the logits of %d tokens differ by at most %.2g from those of %s with what was beside it,"
            + " and by %.2g of their size (bound: %.2g)%n",
        check.tokens(),
        check.largest(),
        model,
        check.relative(),
        check.bound());
  }

  private static double rootMeanSquareError(List<ModelQuantization.Result> results) {
    double squares = 0;
    long elements = 0;
    for (var result : results) {
      squares += result.squaredError();
      elements += result.elements();
    }
    return elements == 0 ? 0 : Math.sqrt(squares / elements);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
