package dev.fader.app.cli.option;

import dev.fader.generate.Session;
import dev.fader.generate.SessionPool;
import dev.fader.kernel.Engine;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// How keys and values and weights are held while a text is read and written.
public final class SessionOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--cache-type",
      paramLabel = "TYPE",
      description =
          "Type of the key/value cache: f16, bf16, f32 or q8_0; default f16, and f32 for predict and"
              + " embed.")
  private @Nullable String cacheType;

  @Option(
      names = "--no-repack",
      description =
          "Reads quantised weights from the mapped file as they lie, slower, in the place of a copy"
              + " in memory in the order of the arithmetic: processes share the file's pages.")
  private boolean asStored;

  SessionOptions() {}

  /// Whether quantised weights are copied into the order of the arithmetic.
  public boolean repack() {
    return !asStored;
  }

  /// Keeps the weights of a model as was asked for. To be called before it has sessions.
  public void prepare(Decoder decoder) {
    if (asStored) {
      decoder.keepAsStored();
    }
  }

  /// FLOAT16, BFLOAT16, FLOAT32 or Q8_0; `usual` if none is given.
  public DType type(DType usual) {
    if (cacheType == null) {
      return usual;
    }
    return switch (cacheType.toLowerCase(Locale.ROOT)) {
      case "f16", "fp16", "float16" -> DType.FLOAT16;
      case "bf16", "bfloat16" -> DType.BFLOAT16;
      case "f32", "fp32", "float32" -> DType.FLOAT32;
      case "q8_0" -> DType.Q8_0;
      default ->
          throw new ParameterException(
              command.commandLine(),
              "--cache-type '%s' is not a type of keys and values: choose f16, bf16, f32 or q8_0"
                  .formatted(cacheType));
    };
  }

  /// A session of `model` for up to `capacity` tokens, with keys and values of type `usual` if none
  /// is given.
  @SuppressWarnings("MustBeClosedChecker") // the session closes its pool, and the caller closes it
  public Session open(LoadedModel model, Engine engine, int capacity, DType usual) {
    prepare(model.decoder());
    var limits = KeyValueLimits.DEFAULTS.withType(type(usual));
    return new Session(
        new SessionPool(model.decoder(), engine.kernels(), engine.memory(), limits), capacity);
  }
}
