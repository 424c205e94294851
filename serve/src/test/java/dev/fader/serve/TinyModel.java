package dev.fader.serve;

import dev.fader.tokenizer.BytePairTraining;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A chat model that knows nothing: random weights, 300 ids of which not all are tokens, and a
/// template that calls tools as Hermes does. What it is to write is forced by grammars. It hardly
/// ends by itself, and dislikes white space, of which grammars of JSON allow as much as one likes.
public final class TinyModel {
  /// Tokens of its context.
  public static final int CONTEXT = 2048;

  /// Numbers of an embedding.
  public static final int WIDTH = 32;

  private static final int VOCABULARY = 300;
  private static final int INNER = 48;
  private static final int LAYERS = 2;
  private static final int HEADS = 4;
  private static final int KEY_VALUE_WIDTH = 16;

  private static final String TEMPLATE =
      """
      {%- if tools %}{{ 'Tools: ' + (tools | tojson) + '\\n' }}{% endif %}
      {%- for message in messages %}
      {%- if message.role == 'tool' %}{{ '<tool_response>' + message.content + '</tool_response>\\n' }}
      {%- elif message.tool_calls %}{{ 'assistant:' }}
      {%- for call in message.tool_calls %}{{ '<tool_call>' + ({'name': call.function.name, 'arguments': call.function.arguments} | tojson) + '</tool_call>' }}{% endfor %}
      {{- eos_token + '\\n' }}
      {%- else %}{{ message.role + ': ' + message.content + '\\n' }}{% endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}{{ 'assistant:' }}
      {%- if enable_thinking is defined and not enable_thinking %}{{ ' at once:' }}{% endif %}
      {%- endif %}\
      """;

  private TinyModel() {}

  /// Writes one, always the same.
  ///
  /// @return `directory`
  public static Path write(Path directory) throws IOException {
    Files.createDirectories(directory);
    var tokenizer = writeTokenizer(directory);
    int end = tokenizer.endOfText().orElseThrow();
    Files.writeString(directory.resolve("chat_template.jinja"), TEMPLATE);
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": %d,
         "hidden_size": %d, "intermediate_size": %d, "num_hidden_layers": %d,
         "num_attention_heads": %d, "num_key_value_heads": 2, "max_position_embeddings": %d,
         "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
         "tie_word_embeddings": false, "bos_token_id": %d, "eos_token_id": %d,
         "torch_dtype": "float32"}\
        """
            .formatted(VOCABULARY, WIDTH, INNER, LAYERS, HEADS, CONTEXT, end, end));
    writeWeights(directory.resolve("model.safetensors"), tokenizer);
    return directory;
  }

  private static Tokenizer writeTokenizer(Path directory) throws IOException {
    var texts =
        IntStream.range(0, 60).mapToObj("the cat number %d sat on the mat.\n"::formatted).toList();
    var tokenizer = Tokenizer.trainBytePairs(new BytePairTraining(VOCABULARY, 2), texts);
    tokenizer.save(directory);
    addInfillTokens(directory.resolve("tokenizer.json"), tokenizer.vocabularySize());
    // Texts begin with a token, as those of most models do.
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        """
        {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|endoftext|>",
         "eos_token": "<|endoftext|>", "add_bos_token": true}\
        """);
    return tokenizer;
  }

  private static void addInfillTokens(Path file, int next) throws IOException {
    var json = (ObjectNode) JsonMapper.shared().readTree(Files.readString(file));
    var added = (ArrayNode) json.get("added_tokens");
    for (var name : List.of("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")) {
      added
          .addObject()
          .put("id", next + added.size() - 1)
          .put("content", name)
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    Files.writeString(file, JsonMapper.shared().writeValueAsString(json));
  }

  private static Map<String, int[]> shapes() {
    var shapes = new LinkedHashMap<String, int[]>();
    shapes.put("model.embed_tokens.weight", new int[] {VOCABULARY, WIDTH});
    for (int i = 0; i < LAYERS; i++) {
      var layer = "model.layers.%d.".formatted(i);
      shapes.put(layer + "input_layernorm.weight", new int[] {WIDTH});
      shapes.put(layer + "self_attn.q_proj.weight", new int[] {WIDTH, WIDTH});
      shapes.put(layer + "self_attn.k_proj.weight", new int[] {KEY_VALUE_WIDTH, WIDTH});
      shapes.put(layer + "self_attn.v_proj.weight", new int[] {KEY_VALUE_WIDTH, WIDTH});
      shapes.put(layer + "self_attn.o_proj.weight", new int[] {WIDTH, WIDTH});
      shapes.put(layer + "post_attention_layernorm.weight", new int[] {WIDTH});
      shapes.put(layer + "mlp.gate_proj.weight", new int[] {INNER, WIDTH});
      shapes.put(layer + "mlp.up_proj.weight", new int[] {INNER, WIDTH});
      shapes.put(layer + "mlp.down_proj.weight", new int[] {WIDTH, INNER});
    }
    shapes.put("model.norm.weight", new int[] {WIDTH});
    shapes.put("lm_head.weight", new int[] {VOCABULARY, WIDTH});
    return shapes;
  }

  private static void writeWeights(Path file, Tokenizer tokenizer) throws IOException {
    var header = new StringBuilder("{");
    int offset = 0;
    for (var entry : shapes().entrySet()) {
      int bytes = Float.BYTES * IntStream.of(entry.getValue()).reduce(1, Math::multiplyExact);
      header
          .append(offset == 0 ? "" : ",")
          .append("\"%s\":{\"dtype\":\"F32\",".formatted(entry.getKey()))
          .append("\"shape\":%s,".formatted(Arrays.toString(entry.getValue())))
          .append("\"data_offsets\":[%d,%d]}".formatted(offset, offset + bytes));
      offset += bytes;
    }
    var json = header.append("}").toString().getBytes(StandardCharsets.UTF_8);
    var all = ByteBuffer.allocate(8 + json.length + offset).order(ByteOrder.LITTLE_ENDIAN);
    all.putLong(json.length).put(json);
    var random = new SplittableRandom(12);
    for (var entry : shapes().entrySet()) {
      int rows = entry.getValue()[0];
      int columns = entry.getValue().length == 1 ? 1 : entry.getValue()[1];
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          float weight = (float) (0.4 * random.nextGaussian());
          all.putFloat(shaped(entry.getKey(), row, column, weight, tokenizer));
        }
      }
    }
    Files.write(file, all.array());
  }

  /// The first number of each hidden state is the same throughout, so that the head has biases.
  private static float shaped(String name, int row, int column, float weight, Tokenizer tokenizer) {
    if (name.endsWith("norm.weight")) {
      return 1;
    }
    if (name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight")) {
      return row == 0 ? 0 : weight / 10;
    }
    if (name.endsWith("embed_tokens.weight")) {
      return column == 0 ? 4 : weight;
    }
    if (!name.equals("lm_head.weight") || column != 0) {
      return weight;
    }
    boolean usual = row != tokenizer.endOfText().orElseThrow() && row < tokenizer.vocabularySize();
    return usual ? bias(tokenizer.bytes(row)) : -6;
  }

  private static float bias(byte[] piece) {
    for (byte one : piece) {
      if (one < ' ') { // controls, and what is not ASCII
        return -3;
      }
    }
    return piece.length == 1 && piece[0] == ' ' ? -4 : 0;
  }
}
