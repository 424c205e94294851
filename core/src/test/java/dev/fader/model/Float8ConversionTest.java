package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.format.GgufFile;
import dev.fader.model.convert.ModelConversion;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A directory whose matrices are float8 with a scale for each square of 128, as DeepSeek-V3's are,
/// becomes a GGUF file. No size is a multiple of 128, so that squares at the edges are cut.
class Float8ConversionTest {
  private static final long SEED = 20261127;
  private static final int HIDDEN = 160;
  private static final int WIDTH = 272;
  private static final int HEAD = 80;
  private static final int SQUARE = 128;
  private static final String LAYER = "model.layers.0.";

  @TempDir private Path directory;
  private final Random random = new Random(SEED);
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final List<String> header = new ArrayList<>();

  /// What each packed matrix says, in float64.
  private final Map<String, double[]> expected = new LinkedHashMap<>();

  private void add(String name, String type, String shape, byte[] bytes) {
    int from = data.size();
    data.writeBytes(bytes);
    header.add(
        "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
            .formatted(name, type, shape, from, data.size()));
  }

  private void addFloats(String name, int... shape) {
    int count = 1;
    for (int dimension : shape) {
      count *= dimension;
    }
    var bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putFloat((float) random.nextGaussian());
    }
    add(name, "F32", Arrays.toString(shape), bytes.array());
  }

  private void addPacked(String name, int rows, int columns) {
    int across = Math.ceilDiv(columns, SQUARE);
    var scales = new float[Math.ceilDiv(rows, SQUARE) * across];
    var bytes = ByteBuffer.allocate(scales.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < scales.length; i++) {
      scales[i] = (float) Math.exp(random.nextGaussian() - 6);
      bytes.putFloat(scales[i]);
    }
    var numbers = new byte[rows * columns];
    var products = new double[rows * columns];
    for (int i = 0; i < numbers.length; i++) {
      do {
        numbers[i] = (byte) random.nextInt();
      } while ((numbers[i] & 0x7f) == 0x7f); // NaN
      int square = i / columns / SQUARE * across + i % columns / SQUARE;
      products[i] = number(numbers[i]) * scales[square];
    }
    add(name, "F8_E4M3", "[%d,%d]".formatted(rows, columns), numbers);
    add(
        name + "_scale_inv",
        "F32",
        "[%d,%d]".formatted(scales.length / across, across),
        bytes.array());
    expected.put(name, products);
  }

  /// E4M3: a sign, four bits of exponent with a bias of 7, three of fraction, no infinity.
  private static double number(byte bits) {
    int exponent = bits >> 3 & 15;
    double fraction = (bits & 7) / 8.0;
    double magnitude =
        exponent == 0 ? Math.scalb(fraction, -6) : Math.scalb(1 + fraction, exponent - 7);
    return bits < 0 ? -magnitude : magnitude;
  }

  private void writeModel() throws IOException {
    addFloats("model.embed_tokens.weight", 31, HIDDEN);
    addFloats("lm_head.weight", 31, HIDDEN);
    addFloats("model.norm.weight", HIDDEN);
    addFloats(LAYER + "input_layernorm.weight", HIDDEN);
    addFloats(LAYER + "post_attention_layernorm.weight", HIDDEN);
    addPacked(LAYER + "self_attn.q_proj.weight", 2 * HEAD, HIDDEN);
    addPacked(LAYER + "self_attn.k_proj.weight", HEAD, HIDDEN);
    addPacked(LAYER + "self_attn.v_proj.weight", HEAD, HIDDEN);
    addPacked(LAYER + "self_attn.o_proj.weight", HIDDEN, 2 * HEAD);
    addPacked(LAYER + "mlp.gate_proj.weight", WIDTH, HIDDEN);
    addPacked(LAYER + "mlp.up_proj.weight", WIDTH, HIDDEN);
    addPacked(LAYER + "mlp.down_proj.weight", HIDDEN, WIDTH);
    var text = ("{" + String.join(",", header) + "}").getBytes(StandardCharsets.UTF_8);
    var file = ByteBuffer.allocate(8 + text.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(text.length).put(text).put(data.toByteArray());
    Files.write(directory.resolve("model.safetensors"), file.array());
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"model_type": "llama", "vocab_size": 31, "hidden_size": %d, "intermediate_size": %d,
         "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
         "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "tie_word_embeddings": false,
         "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}
        """
            .formatted(HIDDEN, WIDTH));
  }

  @Test
  void everyTileHasItsScale() throws IOException {
    writeModel();
    Path out = directory.resolve("model.gguf");
    new ModelConversion(directory, out, Optional.empty(), (bytes, total) -> {}).run();
    try (var file = GgufFile.open(out)) {
      check(file, "attn_v", "self_attn.v_proj", false);
      check(file, "attn_output", "self_attn.o_proj", false);
      check(file, "ffn_gate", "mlp.gate_proj", false);
      check(file, "ffn_up", "mlp.up_proj", false);
      check(file, "ffn_down", "mlp.down_proj", false);
      check(file, "attn_q", "self_attn.q_proj", true);
      check(file, "attn_k", "self_attn.k_proj", true);
    }
  }

  /// @param paired whether rows half a head apart come next to each other
  private void check(GgufFile file, String name, String packed, boolean paired) throws IOException {
    Tensor tensor = file.tensor("blk.0." + name + ".weight");
    double[] products = expected.get(LAYER + packed + ".weight");
    assertEquals(DType.FLOAT32, tensor.type());
    assertEquals(products.length, tensor.elements());
    int columns = tensor.shape().size(1);
    for (int i = 0; i < products.length; i++) {
      int row = i / columns;
      int within = row % HEAD;
      int from = paired ? row - within + within / 2 + within % 2 * (HEAD / 2) : row;
      double product = products[from * columns + i % columns];
      // One product, rounded once.
      assertEquals(
          product,
          tensor.get(i),
          0x1p-24 * Math.abs(product),
          "%s, element %d, seed %d".formatted(name, i, SEED));
    }
  }
}
