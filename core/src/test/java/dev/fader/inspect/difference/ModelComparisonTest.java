package dev.fader.inspect.difference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.DurableFile;
import dev.fader.format.FormatException;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorContent;
import dev.fader.inspect.tensor.TensorPattern;
import dev.fader.kernel.Engine;
import dev.fader.model.Golden;
import dev.fader.model.convert.ModelConversion;
import dev.fader.model.convert.ModelMerge;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.mix.Fader;
import dev.fader.model.mix.Level;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.Target;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelComparisonTest {
  private static final long SEED = 20261130;
  private static final int ROWS = 150;
  private static final int COLUMNS = 192;

  @TempDir Path folder;
  private final Random random = new Random(SEED);
  private TensorArena arena;

  @BeforeEach
  void open() {
    arena = TensorMemory.unlimited().open("test");
  }

  @AfterEach
  void close() {
    arena.close();
  }

  private static ModelDifference compare(Path first, Path second) throws IOException {
    return compare(first, second, 2);
  }

  private static ModelDifference compare(Path first, Path second, int threads) throws IOException {
    try (var comparison = ModelComparison.on(threads)) {
      return comparison.compare(first, second);
    }
  }

  @Test
  void tellsHowFarItIs() throws IOException {
    var model = Golden.directory("models/llama");
    var told = new ArrayList<String>();
    try (var comparison = ModelComparison.on(1)) {
      comparison.compare(
          model,
          model,
          new TensorPattern("layers.0"),
          (compared, of) -> told.add(compared + " of " + of));
      assertEquals(30, told.size());
      assertEquals("0 of 30", told.getFirst());
      assertEquals("29 of 30", told.getLast());
      assertThrows(
          CancellationException.class,
          () ->
              comparison.compare(
                  model,
                  model,
                  new TensorPattern("*"),
                  (compared, of) -> {
                    throw new CancellationException();
                  }));
    }
  }

  private float[] normal(int count, double deviation) {
    var numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (deviation * random.nextGaussian());
    }
    return numbers;
  }

  /// A matrix of that rank and about that norm, relative to one of normal numbers of 0.02.
  private float[] lowRank(int rank, double relative) {
    var up = normal(ROWS * rank, 1);
    var down = normal(rank * COLUMNS, 1);
    var product = new float[ROWS * COLUMNS];
    double scale = relative * 0.02 / Math.sqrt(rank);
    for (int i = 0; i < ROWS; i++) {
      for (int j = 0; j < COLUMNS; j++) {
        double sum = 0;
        for (int k = 0; k < rank; k++) {
          sum += up[i * rank + k] * down[k * COLUMNS + j];
        }
        product[i * COLUMNS + j] = (float) (scale * sum);
      }
    }
    return product;
  }

  private static float[] sum(float[] a, float[] b) {
    var sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  private Tensor matrix(DType type, float[] numbers) {
    return arena.allocate(type, Shape.of(ROWS, COLUMNS)).copyFrom(numbers);
  }

  private Path file(String name, Map<String, Tensor> tensors) throws IOException {
    Path path = folder.resolve(name + ".safetensors");
    DurableFile.write(path, new SafetensorsContent(tensors));
    return path;
  }

  private TensorDifference one(Tensor a, Tensor b) throws IOException {
    var first = file("a", Map.of("w", a));
    var second = file("b", Map.of("w", b));
    var found = compare(first, second);
    assertEquals(1, found.tensors().size());
    return found.tensors().getFirst();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/gpt2",
        "models/llama3-tied-rope-scaled",
        "models/gemma2",
        "families/phi3",
        "families/mixtral",
        "families/gpt-oss"
      })
  void aFileOfAModelIsTheModel(String name) throws IOException {
    var directory = Golden.directory(name);
    var itself = compare(directory, directory);
    assertTrue(itself.byFamily());
    assertTrue(
        itself.sentence().matches("the same model: all \\d+ tensors have the same (bytes|values)"),
        itself.sentence());
    Path file = folder.resolve("model.gguf");
    new ModelConversion(directory, file, Optional.of(DType.FLOAT32), (_, _) -> {}).run();
    var converted = compare(directory, file);
    assertEquals(List.of(), converted.onlyFirst());
    assertEquals(List.of(), converted.onlySecond());
    assertEquals(List.of(), converted.notCompared());
    assertEquals(itself.tensors().size(), converted.tensors().size());
    // Gemma's norms have 1 added, and lose a bit.
    assertTrue(converted.relative() < 1e-7, converted.sentence());
    assertTrue(name.contains("gemma") || converted.relative() == 0, converted.sentence());
  }

  /// The merged model of an adapter of rank 4, against its base as a directory and as a file, whose
  /// queries are in another order.
  @Test
  void aMergedAdapterHasItsRank() throws IOException {
    var base = Golden.directory("models/llama");
    Path merged = folder.resolve("merged");
    try (var engine = new Engine(2, TensorMemory.unlimited())) {
      var adapter = new AdapterSource(Golden.directory("adapters/lora-qv"), 0.02f);
      new ModelMerge(base, List.of(adapter), engine.kernels(), engine.memory())
          .writeDirectory(merged, Optional.empty());
    }
    Path file = folder.resolve("base.gguf");
    new ModelConversion(base, file, Optional.of(DType.FLOAT32), (_, _) -> {}).run();
    for (var from : List.of(base, file)) {
      var found = compare(from, merged);
      assertTrue(
          found
              .sentence()
              .startsWith("a merged LoRA of rank about 4 in q_proj, v_proj (6 of 30 tensors), "),
          found.sentence());
      for (var tensor : found.tensors()) {
        boolean target = List.of("q_proj", "v_proj").contains(tensor.module());
        assertEquals(target, tensor.rank().isPresent(), tensor.toString());
        if (target) {
          assertEquals(4, tensor.rank().getAsInt(), tensor.toString());
        }
      }
      var map = found.map();
      assertEquals(List.of(0, 1, 2), map.layers());
      int queries = map.modules().indexOf("q_proj");
      assertTrue(map.relative().get(1).get(queries) > 0);
      assertEquals(0, map.relative().get(1).get(map.modules().indexOf("k_proj")));
    }
  }

  /// Nothing is written, and nothing rounded: a weak adapter on a quantised file is seen as it is.
  @Test
  void anAdapterBesideTheModelIsWhatItIsInTheWeights() throws IOException {
    var base = Golden.directory("models/llama");
    var adapter = new AdapterSource(Golden.directory("adapters/lora-qv"), 0.02f);
    Path file = folder.resolve("base.gguf");
    new ModelConversion(base, file, Optional.of(DType.BFLOAT16), (_, _) -> {}).run();
    for (var from : List.of(base, file)) {
      var found =
          compare(TurnedModel.of(from), new TurnedModel(from, List.of(adapter), Mix.NEUTRAL));
      assertTrue(
          found
              .sentence()
              .startsWith("a merged LoRA of rank about 4 in q_proj, v_proj (6 of 30 tensors), "),
          found.sentence());
      assertTrue(
          found.place().orElseThrow().startsWith("all 3 layers changed, most of all "),
          found.place().toString());
    }
  }

  @Test
  void aMixIsWhatItDoesToTheWeights() throws IOException {
    var base = Golden.directory("models/llama");
    var quiet = Fader.of(Target.parse("layers.1.heads.0"), Level.parse("-6dB"));
    var found =
        compare(TurnedModel.of(base), new TurnedModel(base, List.of(), Mix.NEUTRAL.with(quiet)));
    var changed =
        found.tensors().stream()
            .filter(tensor -> tensor.change() > 0)
            .map(TensorDifference::name)
            .toList();
    assertEquals(List.of("model.layers.1.self_attn.o_proj.weight"), changed);
    var place = found.place().orElseThrow();
    assertTrue(place.startsWith("layer 1 of 3 changed, most of all o_proj of layer 1 ("), place);
  }

  @Test
  void whatIsBesideAnUnknownFamilyIsRefused() throws IOException {
    var directory = Files.createDirectory(folder.resolve("unknown"));
    Files.copy(
        Golden.directory("models/llama").resolve("model.safetensors"),
        directory.resolve("model.safetensors"));
    var adapter = AdapterSource.of(Golden.directory("adapters/lora-qv"));
    var refused =
        assertThrows(
            FormatException.class,
            () ->
                compare(
                    TurnedModel.of(directory),
                    new TurnedModel(directory, List.of(adapter), Mix.NEUTRAL)));
    assertTrue(
        refused.getMessage().endsWith("compare it without adapters and faders"),
        refused.getMessage());
  }

  private static ModelDifference compare(TurnedModel first, TurnedModel second) throws IOException {
    try (var comparison = ModelComparison.on(2)) {
      return comparison.compare(first, second, new TensorPattern("*"), (_, _) -> {});
    }
  }

  @Test
  void anotherModelIsAnother() throws IOException {
    var found = compare(Golden.directory("models/llama"), Golden.directory("models/qwen2"));
    assertTrue(found.byFamily());
    assertTrue(found.sentence().startsWith("another model: 30 of 30 tensors"), found.sentence());
    assertEquals(9, found.onlySecond().size()); // the biases
  }

  @ParameterizedTest
  @CsvSource({"FLOAT32,5,0.02", "BFLOAT16,5,0.05", "FLOAT16,17,0.03", "BFLOAT16,1,0.02"})
  void aRankStandsOutOfRounding(DType type, int rank, double relative) throws IOException {
    var base = arena.allocate(type, Shape.of(ROWS, COLUMNS)).copyFrom(normal(ROWS * COLUMNS, 0.02));
    var tuned = matrix(type, sum(base.toArray(), lowRank(rank, relative)));
    var found = one(base, tuned);
    if (rank == 17) {
      var alone = compare(folder.resolve("a.safetensors"), folder.resolve("b.safetensors"), 1);
      assertEquals(found, alone.tensors().getFirst(), "one thread");
    }
    assertEquals(ChangeKind.LOW_RANK, found.kind(), found.toString());
    assertEquals(rank, found.rank().orElseThrow(), found + ", seed " + SEED);
    assertEquals(relative, found.relative(), 0.3 * relative);
  }

  @ParameterizedTest
  @CsvSource({"0.005,TUNED_LIGHTLY", "0.03,TUNED", "0.09,TUNED_HEAVILY", "0.3,REMADE", "20,OTHER"})
  void changesOfFullRankAreTuning(double relative, ChangeKind kind) throws IOException {
    var numbers = normal(ROWS * COLUMNS, 0.02);
    var tuned = sum(numbers, normal(ROWS * COLUMNS, 0.02 * relative));
    var type = relative == 0.03 ? DType.BFLOAT16 : DType.FLOAT32;
    var found = one(matrix(type, numbers), matrix(type, tuned));
    assertEquals(kind, found.kind(), found.toString());
  }

  @Test
  void figuresAreThoseOfPlainLoops() throws IOException {
    var a = normal(ROWS * COLUMNS, 0.02);
    var b = sum(a, normal(ROWS * COLUMNS, 0.003));
    System.arraycopy(a, 0, b, 0, a.length / 4);
    double squares = 0;
    double difference = 0;
    double product = 0;
    double other = 0;
    for (int i = 0; i < a.length; i++) {
      squares += (double) a[i] * a[i];
      other += (double) b[i] * b[i];
      product += (double) a[i] * b[i];
      difference += ((double) b[i] - a[i]) * ((double) b[i] - a[i]);
    }
    var found = one(matrix(DType.FLOAT32, a), matrix(DType.FLOAT32, b));
    // Sums of some ten thousand doubles.
    assertEquals(Math.sqrt(squares), found.norm(), 1e-12 * found.norm());
    assertEquals(Math.sqrt(difference), found.change(), 1e-12 * found.norm());
    assertEquals(product / Math.sqrt(squares * other), found.cosine(), 1e-12);
    assertEquals(0.75, found.changed(), 1e-12);
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q5_1", "Q8_0", "IQ4_NL", "FLOAT16", "BFLOAT16"})
  void roundedNumbersAreTheSameModel(DType type) throws IOException {
    var numbers = normal(ROWS * COLUMNS, 0.02);
    var finer = matrix(DType.FLOAT32, numbers);
    var coarser = matrix(type, numbers);
    var first = file("finer", Map.of("w", finer));
    Path second = folder.resolve("coarser.gguf");
    DurableFile.write(
        second,
        new GgufContent(
            new GgufMetadataBuilder().text("general.architecture", "none"),
            List.of(TensorContent.of("w", coarser))));
    var kind = type.isQuantized() ? ChangeKind.QUANTIZED : ChangeKind.ROUNDED;
    var found = compare(first, second);
    assertEquals(kind, found.tensors().getFirst().kind(), found.toString());
    assertTrue(
        found
            .sentence()
            .startsWith(
                "the same model %s to %s, relative change "
                    .formatted(type.isQuantized() ? "quantised" : "rounded", type)),
        found.sentence());
    var back = compare(second, first);
    assertEquals(kind.words() + " before, to " + type, back.tensors().getFirst().words());
  }

  /// More than rounding is not taken for it.
  @Test
  void whatWasTunedAndThenQuantisedIsTuned() throws IOException {
    var numbers = normal(ROWS * COLUMNS, 0.02);
    var finer = matrix(DType.FLOAT32, numbers);
    var coarser = matrix(DType.Q8_0, sum(numbers, normal(ROWS * COLUMNS, 0.002)));
    var first = file("finer", Map.of("w", finer));
    Path second = folder.resolve("coarser.gguf");
    DurableFile.write(
        second,
        new GgufContent(
            new GgufMetadataBuilder().text("general.architecture", "none"),
            List.of(TensorContent.of("w", coarser))));
    assertEquals(ChangeKind.TUNED_HEAVILY, compare(first, second).tensors().getFirst().kind());
  }

  /// Queries, keys and values are one matrix in the one, and gate and up another; whichever comes
  /// first, parts that have another shape are told.
  @Test
  void fusedMatricesAreComparedPartByPart() throws IOException {
    var fused = Golden.directory("families/phi3");
    var parts = Golden.directory("models/llama");
    var found = compare(fused, parts);
    var turned = compare(parts, fused);
    assertTrue(found.byFamily());
    for (var difference : List.of(found, turned)) {
      var only = new ArrayList<>(difference.onlyFirst());
      only.addAll(difference.onlySecond());
      assertTrue(
          only.stream().noneMatch(name -> name.matches(".*layers\\.[01]\\..*(proj|up).*")),
          only.toString());
    }
    assertEquals(turned.tensors().size(), found.tensors().size());
    assertEquals(turned.notCompared().size(), found.notCompared().size());
    var told = String.join("\n", found.notCompared()) + found.tensors();
    for (var part : List.of("qkv_proj.weight[query]", "gate_up_proj.weight[up]")) {
      assertTrue(told.contains(part), told);
    }
  }

  @Test
  void quantisedModelsAreFoundByFamily() throws IOException {
    var found =
        compare(
            Golden.directory("gguf/wide256-q4_0.gguf"),
            Golden.directory("gguf/wide256-q4_k_m.gguf"));
    assertTrue(found.byFamily());
    assertTrue(found.onlyFirst().isEmpty() && found.onlySecond().isEmpty());
    assertTrue(found.relative() < 0.2, found.sentence());
  }

  /// Rows are read whole, and files are strangers': none of them decides how much that is.
  @Test
  void rowsThatAreTooWideAreTold() throws IOException {
    int wide = TensorComparison.WIDEST + 1;
    var tensors = new LinkedHashMap<String, Tensor>();
    tensors.put("a", arena.floats(3));
    tensors.put("w", arena.floats(wide));
    var found = compare(file("first", tensors), file("second", tensors));
    assertEquals(
        List.of(
            "'w' has rows of %d numbers, and no more than %d are read at a time"
                .formatted(wide, wide - 1)),
        found.notCompared());
    assertEquals(1, found.tensors().size());
  }

  @Test
  void typesThatAreNotComparedAreTold() throws IOException {
    var header = "{\"w\":{\"dtype\":\"F8_E4M3\",\"shape\":[2,2],\"data_offsets\":[0,4]}}      ";
    var bytes = ByteBuffer.allocate(8 + header.length() + 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length()).put(header.getBytes(StandardCharsets.UTF_8)).putInt(0x38383838);
    var file = Files.write(folder.resolve("eight.safetensors"), bytes.array());
    var found = compare(file, file);
    assertEquals(List.of("'w' is stored as F8_E4M3, which is not compared"), found.notCompared());
    assertEquals("the models have no tensor in common that could be compared", found.sentence());
  }

  @Test
  void whatIsMissingOrOfAnotherShapeIsTold() throws IOException {
    var first = new LinkedHashMap<String, Tensor>();
    first.put("a", arena.floats(3, 7).copyFrom(normal(21, 1)));
    first.put("b", arena.floats(7));
    first.put("c", arena.floats(1));
    var second = new LinkedHashMap<String, Tensor>();
    second.put("a", first.get("a"));
    second.put("b", arena.floats(13));
    second.put("d", arena.floats(1));
    var found = compare(file("first", first), file("second", second));
    assertEquals(List.of("c"), found.onlyFirst());
    assertEquals(List.of("d"), found.onlySecond());
    assertEquals(
        List.of("'b' has shape [7] in the first model and [13] in the second"),
        found.notCompared());
    assertEquals(ChangeKind.SAME_BYTES, found.tensors().getFirst().kind());
    assertEquals(
        "the same model: its one tensor has the same bytes, as far as both have the same tensors",
        found.sentence());
    try (var comparison = ModelComparison.on(1)) {
      assertEquals(
          "no tensor is called 'aa'; the nearest are 'a', 'b', 'c'",
          assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      comparison.compare(
                          folder.resolve("first.safetensors"),
                          folder.resolve("second.safetensors"),
                          new TensorPattern("aa")))
              .getMessage());
    }
  }

  @Test
  void numbersThatAreNotFiniteAreTold() throws IOException {
    var numbers = normal(ROWS * COLUMNS, 1);
    var broken = numbers.clone();
    broken[7] = Float.NaN;
    var found = one(matrix(DType.FLOAT32, numbers), matrix(DType.FLOAT32, broken));
    assertEquals(ChangeKind.NOT_FINITE, found.kind());
    assertEquals("with numbers that are not finite", found.words());
  }
}
