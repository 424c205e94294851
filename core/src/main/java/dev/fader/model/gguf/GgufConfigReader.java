package dev.fader.model.gguf;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadata;
import dev.fader.format.GgufTensor;
import dev.fader.grad.Routing;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.Experts;
import dev.fader.model.LatentAttention;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.Positions;
import dev.fader.model.family.Families;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;

/// Reads a model's configuration from GGUF metadata, for the architectures of [GgufArchitecture].
/// What the metadata leaves out, such as biases and a tied head, follows from the tensors' names
/// and shapes.
///
/// Source: llama.cpp, `llama_model::load_hparams`.
public final class GgufConfigReader {
  private static final String TOKENS = "tokenizer.ggml.";

  /// Gemma's largest models scale scores by the width per head.
  private static final int GEMMA2_LARGEST = 46;

  private static final int GEMMA3_LARGEST = 62;

  /// `expert_gating_func` for independent sigmoid scores.
  private static final int SIGMOID = 2;

  /// The default of Gemma 2.
  private static final int GEMMA2_WINDOW = 4096;

  private final GgufFile file;
  private final ArchitectureMetadata keys;
  private final GgufArchitecture architecture;
  private final int layers;
  private final int width;

  private GgufConfigReader(GgufFile file) throws FormatException {
    this.file = file;
    this.keys = ArchitectureMetadata.of(file.metadata());
    this.architecture = GgufArchitecture.of(keys);
    this.layers = keys.size("block_count");
    this.width = keys.size("embedding_length");
    if (layers > file.tensors().size()) {
      throw keys.wrong(
          "block_count",
          "is %d, and there are only %d tensors".formatted(layers, file.tensors().size()));
    }
  }

  /// Whether the architecture of a file is supported.
  public static boolean knows(GgufMetadata metadata) throws FormatException {
    var name = metadata.text(ArchitectureMetadata.ARCHITECTURE).orElse("");
    return GgufArchitecture.isKnown(name);
  }

  /// The configuration of the model in `file`.
  ///
  /// @throws FormatException if a value is missing, wrong, unknown or inconsistent with another
  public static ModelConfig read(GgufFile file) throws FormatException {
    try {
      return new GgufConfigReader(file).read();
    } catch (ModelConfigException contradiction) {
      throw new FormatException(file.path(), String.valueOf(contradiction.getMessage()));
    } catch (ArithmeticException overflow) {
      throw new FormatException(file.path(), "its sizes are too large to multiply");
    }
  }

  private ModelConfig read() throws FormatException {
    int context = keys.size("context_length");
    var attention = attention();
    Positions positions =
        architecture == GgufArchitecture.GPT2
            ? new Positions.Learned()
            : new GgufRotary(file, keys, architecture, context).read(attention, layers);
    return new ModelConfig(
        Families.names(family()),
        Math.toIntExact(shape(embedding(file), 0)),
        context,
        width,
        layers,
        1,
        attention,
        feedForward(),
        norm(),
        positions,
        embedding(),
        specialTokens(file.metadata()),
        0.02);
  }

  private String family() throws FormatException {
    if (architecture == GgufArchitecture.LLAMA) {
      return keys.countOr("expert_count", 0) > 0
          ? "mixtral"
          : keys.countOr("attention.sliding_window", 0) > 0 ? "mistral" : "llama";
    }
    if (architecture == GgufArchitecture.DEEPSEEK2 && !sigmoid()) {
      return "deepseek_v2";
    }
    return architecture.family();
  }

  /// Whether some layer has such a tensor.
  private boolean has(String pattern) {
    for (int layer = 0; layer < layers; layer++) {
      if (file.find(pattern.replace("%d", Integer.toString(layer))).isPresent()) {
        return true;
      }
    }
    return false;
  }

  private long shape(String name, int dimension) throws FormatException {
    GgufTensor tensor = file.get(name);
    if (tensor.shape().rank() <= dimension) {
      throw new FormatException(
          file.path(),
          "tensor " + FormatException.quoted(name),
          "has shape %s, which has too few dimensions".formatted(tensor.shape()));
    }
    return tensor.shape().dimension(dimension);
  }

  private ModelConfig.Attention attention() throws FormatException {
    if (architecture == GgufArchitecture.DEEPSEEK2) {
      return latentAttention();
    }
    int heads = keys.size("attention.head_count");
    int headSize = keys.sizeOr("attention.key_length", Math.max(width / heads, 1));
    if (keys.sizeOr("attention.value_length", headSize) != headSize) {
      throw keys.wrong(
          "attention.value_length",
          "is not %d as the keys, which is not supported".formatted(headSize));
    }
    boolean inputBias = has("blk.%d.attn_q.bias") || has("blk.%d.attn_qkv.bias");
    var attention =
        new ModelConfig.Attention(
                heads,
                keys.sizeOr("attention.head_count_kv", heads),
                headSize,
                inputBias,
                has("blk.%d.attn_output.bias"),
                false,
                scale(heads, headSize),
                softCap("attn_logit_softcapping", 50),
                windows())
            .withQueryKeyNorm(queryKeyNorm(headSize));
    return has("blk.%d.attn_sinks.weight")
        ? attention.withScores(attention.scores().withSinks())
        : attention;
  }

  private ModelConfig.QueryKeyNorm queryKeyNorm(int headSize) throws FormatException {
    if (file.find("blk.0.attn_q_norm.weight").isEmpty()) {
      return ModelConfig.QueryKeyNorm.NONE;
    }
    boolean each = shape("blk.0.attn_q_norm.weight", 0) == headSize;
    return each && architecture != GgufArchitecture.OLMO2
        ? ModelConfig.QueryKeyNorm.EACH_HEAD
        : ModelConfig.QueryKeyNorm.ALL_HEADS;
  }

  private float scale(int heads, int headSize) throws FormatException {
    var said = keys.number("attention.scale");
    if (said.isPresent() && said.getAsDouble() > 0) {
      return (float) said.getAsDouble();
    }
    boolean perWidth =
        (architecture == GgufArchitecture.GEMMA2 && layers == GEMMA2_LARGEST)
            || (architecture == GgufArchitecture.GEMMA3 && layers == GEMMA3_LARGEST);
    return (float) (1 / Math.sqrt(perWidth ? (double) width / heads : headSize));
  }

  private float softCap(String key, double otherwise) throws FormatException {
    return (float) keys.numberOr(key, architecture == GgufArchitecture.GEMMA2 ? otherwise : 0);
  }

  private List<Integer> windows() throws FormatException {
    boolean gemma2 = architecture == GgufArchitecture.GEMMA2;
    int window = keys.countOr("attention.sliding_window", gemma2 ? GEMMA2_WINDOW : 0);
    int pattern = architecture.windowPattern();
    var windows = new ArrayList<>(Collections.nCopies(layers, window));
    if (pattern > 0 || keys.has("attention.sliding_window_pattern")) {
      var windowed = keys.windowed("attention.sliding_window_pattern", layers, pattern);
      for (int layer = 0; layer < layers; layer++) {
        windows.set(layer, windowed.get(layer) ? window : 0);
      }
    }
    return windows;
  }

  private ModelConfig.Attention latentAttention() throws FormatException {
    int heads = keys.size("attention.head_count");
    int ropeSize = keys.size("rope.dimension_count");
    int headSize = keys.sizeOr("attention.key_length_mla", keys.sizeOr("attention.key_length", 1));
    int valueSize =
        keys.sizeOr("attention.value_length_mla", keys.sizeOr("attention.value_length", headSize));
    var latent =
        new LatentAttention(
            keys.countOr("attention.q_lora_rank", 0),
            keys.size("attention.kv_lora_rank"),
            headSize - ropeSize,
            ropeSize,
            valueSize);
    double mScale = 1;
    double factor = keys.positiveOr("rope.scaling.factor", 1);
    double logMultiplier = keys.numberOr(GgufRotary.LOG_MULTIPLIER, 0);
    if (factor > 1) {
      mScale = 1 + logMultiplier * Math.log(factor);
    }
    return new ModelConfig.Attention(
            heads,
            heads,
            headSize,
            has("blk.%d.attn_kv_a_mqa.bias"),
            has("blk.%d.attn_output.bias"),
            false,
            (float) (mScale * mScale / Math.sqrt(headSize)),
            0,
            Collections.nCopies(layers, 0))
        .withLatent(latent);
  }

  private ModelConfig.FeedForward feedForward() throws FormatException {
    boolean plain =
        architecture == GgufArchitecture.GPT2 || architecture == GgufArchitecture.STARCODER2;
    boolean bias = has("blk.%d.ffn_up.bias") || has("blk.%d.ffn_gate_inp.bias");
    int experts = keys.countOr("expert_count", 0);
    int expertWidth =
        keys.sizeOr("expert_feed_forward_length", keys.sizeOr("feed_forward_length", 1));
    int hidden = keys.sizeOr("feed_forward_length", expertWidth);
    var feedForward = new ModelConfig.FeedForward(hidden, architecture.activation(), !plain, bias);
    return experts == 0 ? feedForward : feedForward.withExperts(experts(experts, expertWidth));
  }

  private Experts experts(int count, int expertWidth) throws FormatException {
    var dense = new HashSet<Integer>();
    for (int layer = 0; layer < layers; layer++) {
      if (file.find("blk." + layer + ".ffn_gate_inp.weight").isEmpty()) {
        dense.add(layer);
      }
    }
    boolean separate = has("blk.%d.ffn_gate.0.weight");
    if (separate && count > file.tensors().size()) {
      throw keys.wrong(
          "expert_count",
          "is %d, and there are only %d tensors".formatted(count, file.tensors().size()));
    }
    boolean deepSeek = architecture == GgufArchitecture.DEEPSEEK2;
    var routing =
        new Routing(
            sigmoid() ? Routing.Scoring.SIGMOID : Routing.Scoring.SOFTMAX,
            keys.size("expert_used_count"),
            keys.flag("expert_weights_norm", !deepSeek),
            (float) keys.positiveOr("expert_weights_scale", 1),
            keys.sizeOr("expert_group_count", 1),
            keys.sizeOr("expert_group_used_count", 1));
    return new Experts(
        count,
        expertWidth,
        Math.multiplyExact(keys.countOr("expert_shared_count", 0), expertWidth),
        routing,
        corrected(),
        architecture == GgufArchitecture.GPT_OSS,
        separate ? Experts.Layout.SEPARATE : Experts.Layout.STACKED,
        dense);
  }

  private boolean sigmoid() throws FormatException {
    boolean usual = architecture == GgufArchitecture.DEEPSEEK2 && corrected();
    return keys.countOr("expert_gating_func", usual ? SIGMOID : 1) == SIGMOID;
  }

  private boolean corrected() {
    return has("blk.%d.exp_probs_b.bias");
  }

  /// The norm weights of Gemma's files include the offset of 1.
  private ModelConfig.Norm norm() throws FormatException {
    boolean layerNorm =
        architecture == GgufArchitecture.GPT2 || architecture == GgufArchitecture.STARCODER2;
    var kind = layerNorm ? Normalization.Kind.LAYER : Normalization.Kind.RMS;
    String key = layerNorm ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon";
    var placement =
        architecture.isGemma()
            ? ModelConfig.Placement.AROUND
            : architecture == GgufArchitecture.OLMO2
                ? ModelConfig.Placement.AFTER
                : ModelConfig.Placement.BEFORE;
    double branchScale =
        architecture == GgufArchitecture.GRANITE ? keys.positiveOr("residual_scale", 1) : 1;
    return new ModelConfig.Norm(
        kind, (float) keys.positiveOr(key, 1e-5), 0, placement, (float) branchScale);
  }

  private ModelConfig.Embedding embedding() throws FormatException {
    // A tied matrix may be stored under either name.
    boolean tied =
        file.find(GgufTensorNames.HEAD).isEmpty() || embedding(file).equals(GgufTensorNames.HEAD);
    if (architecture == GgufArchitecture.GRANITE) {
      return new ModelConfig.Embedding(
          tied,
          (float) keys.positiveOr("embedding_scale", 1),
          0,
          (float) (1 / keys.positiveOr("logit_scale", 1)));
    }
    double scale = architecture.isGemma() ? Math.sqrt(width) : 1;
    return new ModelConfig.Embedding(tied, (float) scale, softCap("final_logit_softcapping", 30));
  }

  /// The tokens that begin and end a text; `eot` ends a chat turn, `eom` a message.
  private static ModelConfig.SpecialTokens specialTokens(GgufMetadata metadata)
      throws FormatException {
    var ends = new ArrayList<Integer>();
    for (String name : List.of("eos", "eot", "eom")) {
      int id = token(metadata, name);
      if (id >= 0 && !ends.contains(id)) {
        ends.add(id);
      }
    }
    return new ModelConfig.SpecialTokens(token(metadata, "bos"), ends);
  }

  private static int token(GgufMetadata metadata, String name) throws FormatException {
    String key = TOKENS + name + "_token_id";
    long id = metadata.integer(key).orElse(-1);
    return id < 0 || id > Integer.MAX_VALUE ? -1 : (int) id;
  }

  /// The embedding's tensor: a tied matrix may be stored as the head.
  static String embedding(GgufFile file) {
    return file.find(GgufTensorNames.TOKEN_EMBEDDING).isEmpty()
            && file.find(GgufTensorNames.HEAD).isPresent()
        ? GgufTensorNames.HEAD
        : GgufTensorNames.TOKEN_EMBEDDING;
  }
}
