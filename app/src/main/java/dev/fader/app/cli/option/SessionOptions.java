package dev.fader.app.cli.option;

import dev.fader.generate.Session;
import dev.fader.generate.SessionPool;
import dev.fader.kernel.Engine;
import dev.fader.model.ActivationType;
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
          "Type of the key/value cache: f16, bf16, f32 or q8_0; default f16, and f32 for predict,"
              + " embed and evaluate.")
  private @Nullable String cacheType;

  @Option(
      names = "--no-repack",
      description =
          "Reads quantised weights from the mapped file as they lie, slower, in the place of a copy"
              + " in memory in the order of the arithmetic: processes share the file's pages.")
  private boolean asStored;

  @Option(
      names = "--activations",
      paramLabel = "TYPE",
      description =
          "How generation takes what it multiplies with quantised weights: f32, the reference, or"
              + " q8, eight bits, faster; default q8 for models of more than 64 MB, and f32 for"
              + " predict, embed and evaluate.")
  private @Nullable String activations;

  SessionOptions() {}

  /// Whether quantised weights are copied into the order of the arithmetic.
  public boolean repack() {
    return !asStored;
  }

  /// Keeps the weights of a model, and takes activations, as was asked for. To be called before it
  /// has sessions.
  ///
  /// @param usual how activations are taken if nothing is asked for
  public void prepare(Decoder decoder, ActivationType usual) {
    decoder.takeActivationsAs(activations(usual));
    if (asStored) {
      decoder.keepAsStored();
    }
  }

  /// Says what is wrong with the options before anything is opened.
  public void check() {
    type(DType.FLOAT16);
    activations(ActivationType.AUTOMATIC);
  }

  /// How activations are taken.
  public ActivationType activationType() {
    return activations(ActivationType.AUTOMATIC);
  }

  private ActivationType activations(ActivationType usual) {
    if (activations == null) {
      return usual;
    }
    return switch (activations.toLowerCase(Locale.ROOT)) {
      case "f32", "fp32", "float32" -> ActivationType.FLOAT32;
      case "q8", "q8_0", "int8" -> {
        if (asStored) {
          throw new ParameterException(
              command.commandLine(),
              "--activations q8 and --no-repack exclude each other: only repacked weights are"
                  + " multiplied with activations of eight bits; leave one of them out");
        }
        yield ActivationType.EIGHT_BITS;
      }
      default ->
          throw new ParameterException(
              command.commandLine(),
              "--activations '%s' is not a type of activations: choose f32 or q8"
                  .formatted(activations));
    };
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
  /// is given. Where that is FLOAT32, activations are so, too.
  @SuppressWarnings("MustBeClosedChecker") // the session closes its pool, and the caller closes it
  public Session open(LoadedModel model, Engine engine, int capacity, DType usual) {
    return new Session(openPool(model, engine, usual), capacity);
  }

  /// The same without a session yet. The caller closes it.
  @SuppressWarnings("MustBeClosedChecker")
  public SessionPool openPool(LoadedModel model, Engine engine, DType usual) {
    prepare(
        model.decoder(),
        usual == DType.FLOAT32 ? ActivationType.FLOAT32 : ActivationType.AUTOMATIC);
    var limits = KeyValueLimits.DEFAULTS.withType(type(usual));
    return new SessionPool(model.decoder(), engine.kernels(), engine.memory(), limits);
  }
}
