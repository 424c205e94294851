package dev.fader.model.convert;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufType;
import dev.fader.format.GgufValueType;
import dev.fader.model.Experts;
import dev.fader.model.gguf.GgufLayout;
import dev.fader.model.gguf.GgufTensorNames;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import java.util.List;
import java.util.Optional;

/// The type of each tensor of a GGUF file in a [QuantizationMix], as llama.cpp chooses it without
/// an importance matrix (`llama_tensor_get_type` in `llama-quant.cpp`).
final class QuantizationRules {
  /// Number of experts from which attention, being small beside them, gets more bits.
  private static final int MANY_EXPERTS = 8;

  private final QuantizationMix mix;
  private final ModelSummary model;
  private final boolean isFalcon;
  private final boolean isOf70Billion;
  private final long queriesPerKey;

  /// The properties of a model that the rules depend on.
  ///
  /// @param heads of the first layer, as `keyHeads`
  /// @param hasOutput whether the head is not tied
  /// @param valueLayers number of layers with a value matrix
  record ModelSummary(
      String architecture,
      int layers,
      long experts,
      long heads,
      long keyHeads,
      boolean hasOutput,
      int valueLayers) {

    /// The properties of a file's model.
    static ModelSummary of(GgufFile file) throws FormatException {
      var metadata = file.metadata();
      String architecture = metadata.text("general.architecture").orElse("");
      long heads = first(file, architecture + ".attention.head_count", 1);
      return new ModelSummary(
          architecture,
          Math.toIntExact(metadata.integer(architecture + ".block_count").orElse(0)),
          metadata.integer(architecture + ".expert_count").orElse(0),
          heads,
          first(file, architecture + ".attention.head_count_kv", heads),
          file.find(GgufTensorNames.HEAD).isPresent(),
          (int) file.names().stream().filter(QuantizationRules::holdsValues).count());
    }

    /// The properties of a model without a file.
    static ModelSummary of(GgufLayout layout, List<GgufLayout.Entry> entries) {
      var config = layout.config();
      var names = entries.stream().map(GgufLayout.Entry::name).toList();
      return new ModelSummary(
          layout.architecture().label(),
          config.layers(),
          config.feedForward().experts().map(Experts::count).orElse(0),
          config.attention().heads(),
          config.attention().keyValueHeads(),
          names.contains(GgufTensorNames.HEAD),
          (int) names.stream().filter(QuantizationRules::holdsValues).count());
    }
  }

  QuantizationRules(QuantizationMix mix, ModelSummary model) {
    this.mix = mix;
    this.model = model;
    isFalcon = model.architecture.equals("falcon");
    queriesPerKey = model.keyHeads == 0 ? 1 : model.heads / model.keyHeads;
    isOf70Billion =
        model.layers == 80
            && model.heads != model.keyHeads
            && (model.architecture.equals("llama") || model.architecture.equals("qwen2"));
  }

  /// A number, or that of the first layer.
  private static long first(GgufFile file, String key, long otherwise) throws FormatException {
    var type = file.metadata().type(key);
    if (type.equals(Optional.of(GgufValueType.ARRAY))) {
      var each = file.metadata().integers(key).orElseThrow();
      return each.length == 0 ? otherwise : each[0];
    }
    return file.metadata().integer(key).orElse(otherwise);
  }

  private static boolean holdsValues(String name) {
    return name.contains("attn_v.weight")
        || name.contains("attn_qkv.weight")
        || name.contains("attn_kv_b.weight");
  }

  /// The resulting type of a tensor stored as `stored`.
  DType type(String name, Shape shape, DType stored) {
    if (!GgufType.of(stored).isFloatingPoint() || !isQuantized(name, shape)) {
      return stored;
    }
    var type = mix.type();
    if (!type.isQuantized()) {
      return type;
    }
    long width = shape.dimension(shape.rank() - 1);
    return fitting(mixed(name, width), width);
  }

  /// Whether it is quantized: all matrices except small and sensitive ones.
  private static boolean isQuantized(String name, Shape shape) {
    return shape.rank() >= 2
        && name.endsWith("weight")
        && !name.contains("_norm.weight")
        && !name.contains("ffn_gate_inp.weight")
        && !name.equals("position_embd.weight")
        && !name.equals("token_types.weight")
        && !name.contains("attn_rel_b.weight");
  }

  private DType mixed(String name, long width) {
    if (name.equals(GgufTensorNames.HEAD)
        || (!model.hasOutput && name.equals(GgufTensorNames.TOKEN_EMBEDDING))) {
      return output(width);
    } else if (holdsValues(name)) {
      return values(layer(name));
    } else if (name.contains("attn_k.weight")) {
      return model.experts == MANY_EXPERTS ? DType.Q8_0 : mix.type();
    } else if (name.contains("ffn_down")) {
      return down(layer(name));
    } else if (name.contains("attn_output.weight")) {
      return attentionOutput();
    }
    return mix.type();
  }

  private DType output(long width) {
    if (isFalcon || width % mix.type().blockSize() != 0) {
      return DType.Q8_0;
    }
    return mix.type() == DType.Q8_0 ? DType.Q8_0 : DType.Q6_K;
  }

  private DType values(int layer) {
    var type =
        switch (mix) {
          case Q2_K -> queriesPerKey >= 4 ? DType.Q4_K : DType.Q3_K;
          case Q3_K_M -> layer < 2 ? DType.Q5_K : DType.Q4_K;
          case Q3_K_L -> DType.Q5_K;
          case Q4_K_S -> layer < 4 ? DType.Q5_K : DType.Q4_K;
          case Q4_K_M, Q5_K_M -> getsMoreBits(layer, model.valueLayers) ? DType.Q6_K : mix.type();
          case IQ4_NL -> queriesPerKey >= 4 ? DType.Q5_K : DType.IQ4_NL;
          default -> mix.type();
        };
    if (model.experts == MANY_EXPERTS) {
      return DType.Q8_0;
    }
    boolean shared = isOf70Billion && (type == DType.Q3_K || type == DType.Q4_K);
    return shared ? DType.Q5_K : type;
  }

  private DType down(int layer) {
    return switch (mix) {
      case Q2_K -> DType.Q3_K;
      case Q3_K_M -> {
        if (layer < model.layers / 16) {
          yield DType.Q5_K;
        }
        yield !isFalcon || getsMoreBits(layer, model.layers) ? DType.Q4_K : DType.Q3_K;
      }
      case Q3_K_L -> isFalcon ? DType.Q4_K : DType.Q5_K;
      case Q4_K_S -> !isFalcon && layer < model.layers / 8 ? DType.Q5_K : DType.Q4_K;
      case Q4_K_M -> {
        if (isFalcon) {
          yield layer < model.layers / 16
              ? DType.Q6_K
              : getsMoreBits(layer, model.layers) ? DType.Q5_K : DType.Q4_K;
        }
        yield getsMoreBits(layer, model.layers) ? DType.Q6_K : DType.Q4_K;
      }
      case Q5_K_M -> getsMoreBits(layer, model.layers) ? DType.Q6_K : DType.Q5_K;
      case IQ4_NL -> layer < model.layers / 8 ? DType.Q5_K : DType.IQ4_NL;
      default -> mix.type();
    };
  }

  private DType attentionOutput() {
    if (isFalcon) {
      return mix == QuantizationMix.Q3_K_L ? DType.Q4_K : mix.type();
    }
    if (model.experts == MANY_EXPERTS) {
      return switch (mix) {
        case Q2_K, Q3_K_S, Q3_K_M, Q4_K_S, Q4_K_M, IQ4_NL -> DType.Q5_K;
        default -> mix.type();
      };
    }
    return switch (mix) {
      case Q2_K -> DType.Q3_K;
      case Q3_K_M -> DType.Q4_K;
      case Q3_K_L -> DType.Q5_K;
      default -> mix.type();
    };
  }

  /// The first and last eighth of the layers, and every third in between.
  private static boolean getsMoreBits(int layer, int layers) {
    return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
  }

  /// The number in `blk.N.`; 0 if there is none.
  private static int layer(String name) {
    var parts = name.split("\\.", 3);
    return parts.length == 3 && parts[0].equals("blk") && parts[1].matches("[0-9]{1,6}")
        ? Integer.parseInt(parts[1], 10)
        : 0;
  }

  /// `type`, or one with about as many bits if rows are not whole blocks of it.
  private static DType fitting(DType type, long width) {
    if (width % type.blockSize() == 0) {
      return type;
    }
    var smaller =
        switch (type) {
          case Q2_K, Q3_K -> DType.Q4_0;
          case Q4_K -> DType.Q5_0;
          case Q5_K -> DType.Q5_1;
          case Q6_K -> DType.Q8_0;
          default -> DType.FLOAT16;
        };
    return width % smaller.blockSize() == 0 ? smaller : DType.FLOAT16;
  }
}
