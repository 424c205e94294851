package dev.fader.model.random;

import dev.fader.kernel.Engine;
import dev.fader.model.Decoder;
import dev.fader.model.InitialNumbers;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.convert.QuantizedTensor;
import dev.fader.model.convert.WeightType;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.HashMap;
import java.util.Map;

/// A model of random weights in memory, stored as they would be in a file: its text is noise, and
/// it takes as long as that of a trained model. There is no tokenizer.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class RandomModel implements AutoCloseable {
  private final TensorArena arena;
  private final Decoder decoder;

  private RandomModel(ModelConfig config, Map<String, Tensor> tensors, TensorArena arena) {
    this.arena = arena;
    this.decoder = new Decoder(Parameters.fixed(config, tensors), arena);
  }

  /// The bytes that its weights take.
  ///
  /// @throws ModelConfigException if the model cannot have weights of that type
  /// @throws ArithmeticException if they are beyond all numbers
  public static long bytes(ModelConfig config, WeightType type) {
    var types = types(config.withStackedExperts(), type);
    long bytes = 0;
    for (var spec : ParameterLayout.of(config.withStackedExperts())) {
      bytes = Math.addExact(bytes, type(types, spec).bytesFor(spec.shape()));
    }
    return bytes;
  }

  /// A model of the shape `config`, which is the same for the same seed. Nothing is allocated
  /// before the whole is known to fit.
  ///
  /// @throws ModelConfigException if the model cannot have weights of that type
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  @SuppressWarnings("MustBeClosedChecker") // the model that is returned owns the arena
  public static RandomModel of(ModelConfig config, WeightType type, Engine engine) {
    var stacked = config.withStackedExperts();
    var types = types(stacked, type);
    engine.memory().require("random weights", bytes(config, type));
    var arena = engine.memory().open("random weights");
    try {
      var weights = new RandomWeights(engine.kernels().workers(), 0);
      var tensors = new HashMap<String, Tensor>();
      for (var spec : ParameterLayout.of(stacked)) {
        var tensor = arena.allocate(type(types, spec), spec.shape());
        switch (InitialNumbers.of(stacked, spec)) {
          case InitialNumbers.Normal(var deviation) -> weights.fill(tensor, deviation);
          case InitialNumbers.Constant(var value) -> fill(tensor, value);
        }
        tensors.put(spec.name(), tensor);
      }
      return new RandomModel(stacked, tensors, arena);
    } catch (RuntimeException | Error failed) {
      arena.close();
      throw failed;
    }
  }

  private static void fill(Tensor tensor, float value) {
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.set(i, value);
    }
  }

  /// The stored types of the matrices by name; everything else is float32, as kernels read it.
  private static Map<String, DType> types(ModelConfig config, WeightType type) {
    var types = new HashMap<String, DType>();
    switch (type) {
      case WeightType.Uniform(var stored) -> {
        for (var spec : ParameterLayout.of(config)) {
          if (isStored(spec)) {
            types.put(spec.name(), stored);
          }
        }
      }
      case WeightType.Mixed(var mix) -> {
        if (!QuantizedTensor.isKnown(config)) {
          throw new ModelConfigException(
              "%s is a type of GGUF files, and none is known for the family '%s': choose f32, f16 or bf16"
                  .formatted(mix, config.family()));
        }
        for (var tensor : QuantizedTensor.of(config, mix)) {
          tensor
              .spec()
              .filter(RandomModel::isStored)
              .ifPresent(spec -> types.put(spec.name(), tensor.type()));
        }
      }
    }
    for (var spec : ParameterLayout.of(config)) {
      requireBlocks(config, spec, type(types, spec));
    }
    return types;
  }

  private static boolean isStored(ParameterSpec spec) {
    return spec.shape().rank() >= 2
        && !spec.bias()
        && spec.role() != Role.ROUTER
        && spec.role() != Role.POSITION_EMBEDDING;
  }

  private static DType type(Map<String, DType> types, ParameterSpec spec) {
    return types.getOrDefault(spec.name(), DType.FLOAT32);
  }

  private static void requireBlocks(ModelConfig config, ParameterSpec spec, DType type) {
    if (type.isQuantized() && config.names().inputMajor()) {
      throw new ModelConfigException(
          "the family '%s' stores its matrices by columns, which %s has no blocks for: choose f32,"
                  .formatted(config.family(), type)
              + " f16 or bf16");
    }
    int rank = spec.shape().rank();
    long row = rank == 0 ? 1 : spec.shape().dimension(rank - 1);
    if (row % type.blockSize() != 0) {
      throw new ModelConfigException(
          "'%s' has rows of %d, which are no whole blocks of %d as %s has them: choose f32, f16 or"
                  .formatted(spec.name(), row, type.blockSize(), type)
              + " bf16");
    }
  }

  /// The model.
  public Decoder decoder() {
    return decoder;
  }

  @Override
  public void close() {
    arena.close();
  }
}
