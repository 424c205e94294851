package dev.fader.model.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import dev.fader.format.FormatException;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorContent;
import dev.fader.format.TensorFile;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Golden;
import dev.fader.model.ModelConfigException;
import dev.fader.model.Parameters;
import dev.fader.model.TinyModels;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.file.ModelWeights;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// From a Hugging Face directory to a GGUF file and back.
class ModelConversionTest {
  /// The digits of a number that a float32 keeps.
  private static final String FLOAT32 = "(\\d\\.\\d{6})\\d+";

  @TempDir Path directory;

  private Path convert(Path in, String name, Optional<DType> type) throws IOException {
    Path out = directory.resolve(name);
    new ModelConversion(in, out, type, (bytes, total) -> {}).run();
    return out;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/gpt2",
        "models/llama",
        "models/llama3-tied-rope-scaled",
        "models/mistral-sliding",
        "models/qwen2",
        "models/qwen3",
        "models/gemma2",
        "families/gemma3",
        "families/phi3",
        "families/phi3-short",
        "families/olmo2",
        "families/granite",
        "families/starcoder2",
        "families/mixtral",
        "families/qwen3-moe",
        "families/gpt-oss",
        "families/deepseek-v2",
        "families/deepseek-v2-groups",
        "families/deepseek-v3"
      })
  void roundTripKeepsModel(String name) throws IOException {
    Path golden = Golden.directory(name);
    Path gguf = convert(golden, "there.gguf", Optional.empty());
    checkLogits(golden, gguf);
    Path back = convert(gguf, "back", Optional.empty());
    checkLogits(golden, back);
    try (var before = TensorFile.open(golden);
        var after = TensorFile.open(back)) {
      assertEquals(Set.copyOf(before.names()), Set.copyOf(after.names()));
      for (String tensor : before.names()) {
        boolean shifted = name.contains("gemma") && tensor.contains("norm");
        assertSame(before.tensor(tensor), after.tensor(tensor), shifted ? 1e-7f : 0, tensor);
      }
    }
    var before = HuggingFaceConfig.read(golden);
    var after = HuggingFaceConfig.read(back);
    assertEquals(before.attention(), after.attention());
    assertEquals(
        before.positions().toString().replaceAll(FLOAT32, "$1"),
        after.positions().toString().replaceAll(FLOAT32, "$1"));
    assertEquals(before.norm(), after.norm());
    assertEquals(before.embedding(), after.embedding());
    assertEquals(before.feedForward(), after.feedForward());
    assertEquals(before.specialTokens(), after.specialTokens());
    assertEquals(before.family(), after.family());
  }

  /// Experts in MXFP4 stay that in a GGUF file. In a directory their numbers are all of float32.
  @Test
  void packedExpertsAreUnpacked() throws IOException {
    Path golden = Golden.directory("families/gpt-oss-mxfp4");
    Path gguf = convert(golden, "packed.gguf", Optional.empty());
    checkLogits(golden, gguf);
    Path back = convert(gguf, "plain", Optional.empty());
    checkLogits(golden, back);
    Path again = convert(back, "plain.gguf", Optional.empty());
    checkLogits(golden, again);
    try (var packed = GgufFile.open(gguf);
        var plain = GgufFile.open(again)) {
      assertEquals(packed.names(), plain.names());
      assertEquals(DType.MXFP4, packed.tensor("blk.0.ffn_up_exps.weight").type());
      for (String name : packed.names()) {
        assertArrayEquals(packed.tensor(name).toArray(), plain.tensor(name).toArray(), name);
      }
    }
  }

  /// `1 + w - 1` is not `w` in the last bits, where files hold `1 + w`.
  private static void assertSame(Tensor before, Tensor after, float tolerance, String name) {
    assertEquals(before.type(), after.type(), name);
    assertEquals(before.shape(), after.shape(), name);
    for (long i = 0; i < before.elements(); i++) {
      assertEquals(before.get(i), after.get(i), tolerance, name);
    }
  }

  private static void checkLogits(Path golden, Path converted) throws IOException {
    int[] ids = Golden.ints(Golden.json(golden.resolve("golden.json")).get("input_ids"));
    var expected = logits(golden, ids);
    var found = logits(converted, ids);
    assertEquals(expected.length, found.length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found[i], 1e-4, converted + " logit " + i);
    }
  }

  private static float[] logits(Path path, int[] ids) throws IOException {
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(2);
        var arena = memory.open("test");
        var model = LoadedModel.open(path, memory)) {
      var tape = new Tape(Kernels.choose(workers), arena, Tape.Mode.INFER);
      var tokens = TokenBlock.ofSequences(TinyModels.ids(arena, ids), 1, ids.length);
      var states = model.decoder().forward(tape, tokens);
      float cap = model.config().embedding().logitSoftCap();
      var logits = tape.logits(states, model.decoder().parameters().head(), cap).value().toArray();
      tape.clear();
      return logits;
    }
  }

  @Test
  void matricesHaveRequestedType() throws IOException {
    Path golden = Golden.directory("models/llama");
    Path gguf = convert(golden, "half.gguf", Optional.of(DType.BFLOAT16));
    try (var file = GgufFile.open(gguf)) {
      assertEquals(DType.BFLOAT16, file.tensor("blk.0.attn_q.weight").type());
      assertEquals(DType.FLOAT32, file.tensor("blk.0.attn_norm.weight").type());
      assertEquals(32, file.metadata().integer("general.file_type").orElseThrow());
      assertEquals("llama", file.metadata().text("general.architecture").orElseThrow());
      assertEquals("no_vocab", file.metadata().text("tokenizer.ggml.model").orElseThrow());
    }
    Path back = convert(gguf, "back", Optional.empty());
    try (var file = TensorFile.open(back)) {
      assertEquals(DType.BFLOAT16, file.tensor("lm_head.weight").type());
    }
    assertEquals("bfloat16", Golden.json(back.resolve("config.json")).get("dtype").stringValue());
    assertThrows(
        IllegalArgumentException.class, () -> convert(golden, "x.gguf", Optional.of(DType.Q8_0)));
  }

  @Test
  void quantizedBlocksAreKept() throws IOException {
    Path golden = Golden.directory("families/gpt-oss-mxfp4");
    Path gguf = convert(golden, "blocks.gguf", Optional.empty());
    try (var file = GgufFile.open(gguf)) {
      assertEquals(DType.MXFP4, file.tensor("blk.0.ffn_gate_exps.weight").type());
      assertEquals(DType.MXFP4, file.tensor("blk.0.ffn_down_exps.weight").type());
    }
    checkLogits(golden, gguf);
    checkLogits(golden, convert(gguf, "back", Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "smollm3 | a GGUF file of smollm3 cannot say that layers [1, 3] have no positions",
        "gpt2-by-layer | a GGUF file of gpt2 cannot say that its activation is relu",
        "deepseek-v3-sums | a GGUF file of deepseek2 cannot say that the rotated columns of latent attention are halves and not pairs"
      })
  void inexpressibleModelIsRefused(String name, String message) {
    Path odd = Golden.directory("families/" + name);
    var refused =
        assertThrows(ModelConfigException.class, () -> convert(odd, "x.gguf", Optional.empty()));
    assertEquals(message, refused.getMessage());
    assertEquals(0, directory.toFile().list().length);
  }

  /// A bias or a scale that is not applied would make another model, without a word.
  @Test
  void unusedTensorIsRefused() throws IOException {
    Path gguf = convert(Golden.directory("models/llama"), "whole.gguf", Optional.empty());
    Path more = directory.resolve("more.gguf");
    try (var file = GgufFile.open(gguf)) {
      for (String name : List.of("blk.1.attn_q.scale", "blk.9.nextn.eh_proj.weight")) {
        var tensors = new ArrayList<TensorContent>();
        for (var tensor : file.tensors()) {
          tensors.add(TensorContent.of(tensor.name(), tensor.mapped()));
        }
        tensors.add(
            new TensorContent(
                name, DType.FLOAT32, Shape.of(8), FileContent.of(new byte[8 * Float.BYTES])));
        DurableFile.write(
            more, new GgufContent(new GgufMetadataBuilder().copy(file.metadata()), tensors));
        if (name.startsWith("blk.1.")) {
          var refused =
              assertThrows(
                  FormatException.class, () -> LoadedModel.open(more, TensorMemory.unlimited()));
          assertEquals(
              more
                  + ": tensor 'blk.1.attn_q.scale': has no place in the family 'llama', and a model"
                  + " without it would not be this one",
              refused.getMessage());
        } else {
          LoadedModel.open(more, TensorMemory.unlimited()).close();
        }
      }
    }
  }

  /// A model to begin training with, as the directory and as the file that it becomes.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/gpt2",
        "models/llama",
        "models/gemma2",
        "families/phi3",
        "families/mixtral",
        "families/gpt-oss",
        "families/deepseek-v3"
      })
  void fileAndDirectoryGiveSameInitialWeights(String name) throws IOException {
    Path golden = Golden.directory(name);
    Path gguf = convert(golden, "begin.gguf", Optional.empty());
    var config = ModelWeights.config(gguf);
    try (var arena = TensorMemory.unlimited().open("test")) {
      var fromFile = Parameters.learned(config, arena, arena);
      var fromDirectory = Parameters.learned(config, arena, arena);
      ModelWeights.require(gguf, config);
      ModelWeights.copy(gguf, fromFile);
      ModelWeights.copy(golden, fromDirectory);
      for (var spec : fromFile.specs()) {
        assertArrayEquals(
            fromDirectory.get(spec).value().toArray(),
            fromFile.get(spec).value().toArray(),
            name.contains("gemma") && spec.name().contains("norm") ? 1e-7f : 0,
            spec.name());
      }
    }
  }

  @Test
  void fileOfOtherModelIsRefused() throws IOException {
    Path gguf = convert(Golden.directory("models/llama"), "x.gguf", Optional.empty());
    var other = HuggingFaceConfig.read(Golden.directory("models/qwen2"));
    assertEquals(
        gguf + " holds the parameters of another configuration, which do not fit this one",
        assertThrows(ModelConfigException.class, () -> ModelWeights.require(gguf, other))
            .getMessage());
  }

  /// A directory with these tensors of a golden model, and changes of them.
  private Path changed(String name, Function<TensorContent, Optional<TensorContent>> change)
      throws IOException {
    Path golden = Golden.directory(name);
    Path changed = directory.resolve("changed");
    Files.createDirectories(changed);
    Files.copy(golden.resolve("config.json"), changed.resolve("config.json"));
    try (var file = TensorFile.open(golden)) {
      var tensors = new ArrayList<TensorContent>();
      for (var tensor : file.tensors()) {
        change.apply(TensorContent.of(tensor.name(), tensor.mapped())).ifPresent(tensors::add);
      }
      DurableFile.write(changed.resolve("model.safetensors"), new SafetensorsContent(tensors));
    }
    return changed;
  }

  /// Of a tied matrix a file may hold either name.
  @Test
  void tiedModelMayStoreOnlyHead() throws IOException {
    String name = "models/llama3-tied-rope-scaled";
    Path golden = Golden.directory(name);
    Path onlyHead =
        changed(
            name,
            tensor ->
                Optional.of(
                    tensor.name().equals("model.embed_tokens.weight")
                        ? new TensorContent(
                            "lm_head.weight", tensor.type(), tensor.shape(), tensor.data())
                        : tensor));
    checkLogits(golden, onlyHead);
    Path gguf = convert(onlyHead, "tied.gguf", Optional.empty());
    checkLogits(golden, gguf);
    Path renamed = directory.resolve("renamed.gguf");
    try (var file = GgufFile.open(gguf)) {
      var tensors = new ArrayList<TensorContent>();
      for (var tensor : file.tensors()) {
        String own = tensor.name().replace("token_embd.weight", "output.weight");
        tensors.add(TensorContent.of(own, tensor.mapped()));
      }
      DurableFile.write(
          renamed, new GgufContent(new GgufMetadataBuilder().copy(file.metadata()), tensors));
    }
    checkLogits(golden, renamed);
    checkLogits(golden, convert(renamed, "again", Optional.empty()));
  }

  /// 65519.99 is rounded to the last finite number of float16, 65520 to infinity.
  @ParameterizedTest
  @CsvSource({
    "FLOAT16, 65519.99, true",
    "FLOAT16, 65520, false",
    "FLOAT16, -99840, false",
    "BFLOAT16, 99840, true",
    "BFLOAT16, 3.3961775e38, false",
    "FLOAT16, Infinity, true"
  })
  void unrepresentableNumberIsRefused(DType type, float number, boolean fits) throws IOException {
    String name = "model.layers.1.mlp.down_proj.weight";
    Path large =
        changed(
            "models/llama",
            tensor -> {
              if (!tensor.name().equals(name)) {
                return Optional.of(tensor);
              }
              var numbers = new float[(int) tensor.shape().elements()];
              numbers[numbers.length - 1] = number;
              var bytes =
                  ByteBuffer.allocate(Float.BYTES * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
              bytes.asFloatBuffer().put(numbers);
              return Optional.of(
                  new TensorContent(
                      name, DType.FLOAT32, tensor.shape(), FileContent.of(bytes.array())));
            });
    if (fits) {
      convert(large, "fits.gguf", Optional.of(type));
      return;
    }
    var refused =
        assertThrows(
            ModelConfigException.class, () -> convert(large, "large.gguf", Optional.of(type)));
    assertEquals(
        "tensor 'blk.1.ffn_down.weight' holds %s, which %s cannot: choose %s"
            .formatted(number, type, type == DType.FLOAT16 ? "BF16 or F32" : "F32"),
        refused.getMessage());
    assertFalse(Files.exists(directory.resolve("large.gguf")));
  }

  @Test
  void progressEndsAtTotal() throws IOException {
    Path golden = Golden.directory("models/llama");
    List<Long> written = new ArrayList<>();
    var totals = new ArrayList<Long>();
    var summary =
        new ModelConversion(
                golden,
                directory.resolve("x.gguf"),
                Optional.empty(),
                (bytes, total) -> {
                  written.add(bytes);
                  totals.add(total);
                })
            .run();
    assertEquals(summary.bytes(), written.getLast());
    assertEquals(Set.of(summary.bytes()), Set.copyOf(totals));
    assertEquals(30, summary.tensors());
  }

  @Test
  void failedConversionLeavesNothing() throws IOException {
    Path broken = directory.resolve("broken");
    Files.createDirectories(broken);
    Path golden = Golden.directory("models/llama");
    Files.copy(golden.resolve("model.safetensors"), broken.resolve("model.safetensors"));
    var config = Files.readString(golden.resolve("config.json"));
    Files.writeString(broken.resolve("config.json"), config.replaceFirst(": 384", ": 385"));
    assertThrows(ModelConfigException.class, () -> convert(broken, "out.gguf", Optional.empty()));
    assertEquals(1, directory.toFile().list().length);
  }
}
