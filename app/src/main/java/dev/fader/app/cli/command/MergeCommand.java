package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ExistingOut;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.StoredType;
import dev.fader.app.cli.terminal.Json;
import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.model.convert.ModelMerge;
import dev.fader.model.convert.ModelQuantization;
import dev.fader.model.convert.WeightType;
import dev.fader.model.file.AdapterSource;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

/// `fader merge`: a model with adapters in its weights.
@Command(
    name = "merge",
    customSynopsis = "fader merge MODEL ADAPTER[:SCALE]... OUT [OPTION...]",
    description = {
      "Writes a model with adapters put into its weights, so that it runs without them.",
      "The sums are computed in float32. Before OUT takes its place, its logits are compared with"
          + " those of MODEL and the adapters beside it."
    })
public final class MergeCommand implements Callable<Integer> {
  private static final String TYPE = "--type";

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "A model directory, a .gguf file, or OWNER/NAME[:FILE] that pull has fetched.")
  private Path model = Path.of("");

  @Parameters(
      index = "1..*",
      arity = "2..*",
      paramLabel = "ADAPTER[:SCALE]... OUT",
      description =
          "Directories that tune, peft or mlx-lm wrote, or GGUF files, each with what its effect is multiplied with if that is not"
              + " 1; last the directory to write, or the .gguf file, which MODEL asks for if it is"
              + " one.")
  private List<String> rest = List.of();

  @Option(
      names = TYPE,
      paramLabel = "TYPE",
      description =
          "Of the matrices in OUT: f32, f16 or bf16, and for a .gguf file one that quantize writes,"
              + " such as Q4_K_M; default: as they are in MODEL, quantised again.")
  private @Nullable String type;

  @Mixin private ExistingOut existing;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  MergeCommand() {}

  @Override
  public Integer call() throws IOException {
    var source = ModelArgument.resolve(model);
    var out = Path.of(rest.getLast());
    var stored = Optional.ofNullable(type).map(name -> StoredType.weights(spec, TYPE, name));
    boolean gguf = out.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
    var adapters = AdapterOptions.sources(spec, "ADAPTER", rest.subList(0, rest.size() - 1));
    check(source, adapters, out, gguf);
    long start = System.nanoTime();
    try (var engine = engineOptions.open()) {
      var merge = new ModelMerge(source, adapters, engine.kernels(), engine.memory());
      var summary =
          gguf
              ? merge.writeGguf(out, stored.map(this::ofFile))
              : merge.writeDirectory(out, stored.map(this::ofDirectory));
      report(out, summary, (System.nanoTime() - start) / 1e9);
    }
    return 0;
  }

  private void check(Path source, List<AdapterSource> adapters, Path out, boolean gguf)
      throws IOException {
    boolean directory = Files.isDirectory(source);
    if (!directory && !GgufFile.isGguf(source)) {
      throw new FormatException(source, "is not a model: name a model directory or a .gguf file");
    }
    if (!directory && !gguf) {
      throw misuse(
          "%s is a GGUF file, and so is what comes of it: give OUT, %s, a name that ends in .gguf"
              .formatted(model, out));
    }
    if (gguf && Files.isDirectory(out)) {
      throw misuse("OUT, %s, is a directory, and a .gguf file is to be written".formatted(out));
    }
    var sources = new ArrayList<>(adapters);
    sources.add(AdapterSource.of(source));
    for (var read : sources) {
      if (ExistingOut.isOrHolds(out, read.path())) {
        throw misuse(
            "OUT, %s, would take the place of %s, which is read: choose another OUT"
                .formatted(out, read.path()));
      }
    }
    existing.check(out);
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

  private void report(Path out, ModelMerge.Summary summary, double seconds) {
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
        "checked: the logits of %d tokens differ by at most %.2g from those of %s with its adapters,"
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
