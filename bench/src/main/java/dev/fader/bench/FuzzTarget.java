package dev.fader.bench;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadata;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorFile;
import dev.fader.model.ModelConfigException;
import dev.fader.model.file.LoadedModel;
import dev.fader.template.Limits;
import dev.fader.template.Template;
import dev.fader.template.TemplateException;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.BytePairTraining;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.tokenizer.error.TokenizerException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/// A format that strangers send: a valid file of it, what it is made of, and what reads it.
enum FuzzTarget {
  /// A model in one file, its metadata and its tokenizer. Opening makes the rotary table of 4,096
  /// positions.
  GGUF(".gguf", 8 << 20, 64, List.of()) {
    @Override
    byte[] seed(Path directory) throws IOException {
      var bytes = new ByteArrayOutputStream();
      SyntheticLlama.tiny().content().writeTo(Channels.newChannel(bytes));
      return bytes.toByteArray();
    }

    @Override
    String read(Path file) throws IOException {
      try (var opened = GgufFile.open(file)) {
        readAll(opened.metadata());
        Tokenizer.of(opened.metadata()).encode(TEXT);
      } catch (TokenizerException refused) {
        return open(file) + ", its tokenizer TokenizerException";
      }
      return open(file);
    }

    private String open(Path file) throws IOException {
      try {
        LoadedModel.open(file, new TensorMemory(MOST_TENSOR_BYTES)).close();
        return OPENED;
      } catch (ModelConfigException refused) {
        return "ModelConfigException";
      }
    }
  },

  /// Tensors by name.
  SAFETENSORS(".safetensors", 1 << 20, 64, FuzzPieces.JSON) {
    @Override
    byte[] seed(Path directory) throws IOException {
      var bytes = new ByteArrayOutputStream();
      try (var arena = new TensorMemory(MOST_TENSOR_BYTES).open("seed")) {
        new SafetensorsContent(
                Map.of(
                    "model.embed_tokens.weight", arena.allocate(DType.FLOAT16, Shape.of(7, 13)),
                    "model.norm.weight", arena.allocate(DType.FLOAT32, Shape.of(13)),
                    "lm_head.weight", arena.allocate(DType.BFLOAT16, Shape.of(7, 13)),
                    "scalar", arena.allocate(DType.FLOAT32, Shape.of())))
            .writeTo(Channels.newChannel(bytes));
      }
      return bytes.toByteArray();
    }

    @Override
    String read(Path file) throws IOException {
      try (var opened = TensorFile.open(file);
          var arena = new TensorMemory(MOST_TENSOR_BYTES).open("weights")) {
        opened.weights(arena);
        return OPENED;
      }
    }
  },

  /// What turns text into tokens.
  TOKENIZER(".json", 4 << 20, 400, FuzzPieces.JSON) {
    @Override
    byte[] seed(Path directory) throws IOException {
      Path saved = Files.createDirectory(directory.resolve("seed"));
      Tokenizer.trainBytePairs(BytePairTraining.ofSize(300), List.of(TEXT.repeat(3))).save(saved);
      byte[] json = Files.readAllBytes(saved.resolve("tokenizer.json"));
      Files.delete(saved.resolve("tokenizer.json"));
      Files.delete(saved.resolve("tokenizer_config.json"));
      Files.delete(saved);
      return json;
    }

    @Override
    String read(Path file) throws IOException {
      Tokenizer tokenizer;
      try {
        tokenizer = Tokenizer.load(file);
      } catch (TokenizerException refused) {
        return "TokenizerException";
      }
      try {
        tokenizer.decode(tokenizer.withSpecialTokens(tokenizer.encode(TEXT)));
        return OPENED;
      } catch (TokenizerException refused) {
        return "TokenizerException for a text";
      }
    }
  },

  /// A chat as a model's own template writes it.
  TEMPLATE(".jinja", 64 << 20, 400, FuzzPieces.JINJA) {
    @Override
    byte[] seed(Path directory) {
      return CHAT.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    String read(Path file) throws IOException {
      try {
        var source = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        Template.parse("fuzz", source).render(VARIABLES, NOW, LIMITS);
        return OPENED;
      } catch (TemplateException refused) {
        return refused.getClass().getSimpleName();
      }
    }
  };

  /// What [#read] says where nothing is wrong.
  static final String OPENED = "opened";

  private static final long MOST_TENSOR_BYTES = 1 << 20;
  private static final String TEXT =
      "Once upon a time,\n  the caf\u00e9's 12 cats said: \ud83d\ude3a!";
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);
  private static final Limits LIMITS = new Limits(200, 50_000, 1_000_000);
  private static final Map<String, Object> VARIABLES =
      Map.of(
          "messages",
          List.of(
              Map.of("role", "system", "content", "Be brief."),
              Map.of("role", "user", "content", TEXT),
              Map.of("role", "assistant", "content", "Why?")),
          "tools",
          List.of(
              Map.of(
                  "type",
                  "function",
                  "function",
                  Map.of("name", "add", "parameters", Map.of("type", "object")))),
          "add_generation_prompt",
          true,
          "bos_token",
          "<s>",
          "eos_token",
          "</s>");
  private static final String CHAT =
      """
      {%- set last = namespace(role='') -%}
      {{- bos_token }}
      {%- if messages[0].role == 'system' %}
      {%- set system = messages[0]['content']|trim %}{%- set messages = messages[1:] %}
      {%- endif %}
      {%- macro call(tool) %}{{ tool.function | tojson(indent=2) }}{% endmacro %}
      {%- for tool in tools %}{{ call(tool) }}{% endfor %}
      {%- for message in messages %}
      {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
      {{- raise_exception('Roles must alternate') }}
      {%- endif %}
      {{- '<|' + message.role + '|>' ~ message.content.split('\\n')[-1] | upper }}
      {%- set last.role = message.role %}
      {%- endfor %}
      {%- if add_generation_prompt and last.role is defined %}{{ '<|assistant|>' }}{% endif %}
      """;

  private final String suffix;
  private final long allowance;
  private final int perByte;

  @SuppressWarnings("ImmutableEnumChecker") // List.copyOf
  private final List<String> pieces;

  FuzzTarget(String suffix, long allowance, int perByte, List<String> pieces) {
    this.suffix = suffix;
    this.allowance = allowance;
    this.perByte = perByte;
    this.pieces = List.copyOf(pieces);
  }

  /// A valid file, to be altered. What it needs of `directory` it gives back.
  abstract byte[] seed(Path directory) throws IOException;

  /// Reads a file as a program would, down to its last value, and says how that ended: [#OPENED] or
  /// the name of the one error that the format has.
  ///
  /// @throws FormatException if that is the error
  abstract String read(Path file) throws IOException;

  String suffix() {
    return suffix;
  }

  /// What the format's text is made of.
  List<String> pieces() {
    return pieces;
  }

  /// What reading a file of so many bytes may allocate on the heap.
  long mostAllocated(int bytes) {
    return allowance + (long) perByte * bytes;
  }

  private static void readAll(GgufMetadata metadata) throws FormatException {
    for (String key : metadata.keys()) {
      var type = metadata.type(key).orElseThrow();
      switch (type) {
        case STRING -> metadata.text(key);
        case BOOL -> metadata.flag(key);
        case ARRAY -> readArray(metadata, key);
        default -> metadata.number(key);
      }
    }
  }

  private static void readArray(GgufMetadata metadata, String key) throws FormatException {
    try {
      metadata.integers(key);
    } catch (FormatException otherwise) {
      try {
        metadata.numbers(key);
      } catch (FormatException noNumbers) {
        List.copyOf(metadata.texts(key).orElseThrow());
      }
    }
  }
}
