package dev.fader.app.cli.option;

import dev.fader.model.convert.QuantizationMix;
import dev.fader.model.convert.WeightType;
import dev.fader.tensor.DType;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// The names of types that numbers are stored as: `f16`, `Q4_K_M`.
public final class StoredType {
  private StoredType() {}

  /// The type of weights that is called `name`; a mix that `fader quantize` writes, where it has
  /// this name.
  ///
  /// @param flag that it was given as
  /// @throws ParameterException if there is none
  public static WeightType weights(CommandSpec command, String flag, String name) {
    var plain = plain(name);
    if (plain.isPresent()) {
      return new WeightType.Uniform(plain.get());
    }
    Optional<WeightType> mix =
        Stream.of(QuantizationMix.values())
            .filter(known -> known.name().equalsIgnoreCase(name))
            .findFirst()
            .map(WeightType.Mixed::new);
    return mix.or(() -> blocks(name).map(WeightType.Uniform::new))
        .orElseThrow(() -> noType(command, flag, name));
  }

  private static Optional<DType> plain(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "f32", "fp32", "float32" -> Optional.of(DType.FLOAT32);
      case "f16", "fp16", "float16" -> Optional.of(DType.FLOAT16);
      case "bf16", "bfloat16" -> Optional.of(DType.BFLOAT16);
      default -> Optional.empty();
    };
  }

  private static Optional<DType> blocks(String name) {
    return Stream.of(DType.values())
        .filter(DType::isQuantized)
        .filter(known -> known.name().equalsIgnoreCase(name))
        .findFirst();
  }

  private static ParameterException noType(CommandSpec command, String flag, String name) {
    var mixes =
        Stream.of(QuantizationMix.values())
            .map(QuantizationMix::name)
            .filter(known -> plain(known).isEmpty());
    var blocks = Stream.of(DType.values()).filter(DType::isQuantized).map(DType::name);
    return new ParameterException(
        command.commandLine(),
        "%s '%s' is not a type: choose one of f32, f16, bf16, %s"
            .formatted(
                flag,
                name,
                Stream.concat(mixes, blocks).distinct().collect(Collectors.joining(", "))));
  }
}
