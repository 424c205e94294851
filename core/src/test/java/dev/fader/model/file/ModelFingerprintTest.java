package dev.fader.model.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Initialization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import dev.fader.model.TinyModels;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ModelFingerprintTest {
  /// Of a model with its random numbers, after something else is done to them.
  private static String fingerprint(
      ModelConfig config, Consumer<SequencedMap<String, Tensor>> change) throws Exception {
    try (var arena = TensorMemory.unlimited().open("test");
        var workers = Workers.of(1)) {
      var parameters = Parameters.learned(config, arena, arena);
      Initialization.fill(parameters, workers, 7, _ -> true);
      var tensors = new LinkedHashMap<String, Tensor>();
      parameters.entries().forEach((name, variable) -> tensors.put(name, variable.value()));
      change.accept(tensors);
      return ModelFingerprint.of(parameters);
    }
  }

  private static String fingerprint(ModelConfig config) throws Exception {
    return fingerprint(config, _ -> {});
  }

  @Test
  void theSameModelHasTheSame() throws Exception {
    assertEquals(fingerprint(TinyModels.llama()), fingerprint(TinyModels.llama()));
  }

  @Test
  void modelsOfAllKindsDiffer() throws Exception {
    var seen = new HashSet<String>();
    var models = Set.copyOf(TinyModels.all());
    for (var model : models) {
      seen.add(fingerprint(model));
    }
    assertEquals(models.size(), seen.size());
  }

  /// One bit of the longest tensor, at its ends and at 99 places between them.
  @Test
  void aBitCountsWhereverItIs() throws Exception {
    var config = TinyModels.llama();
    var usual = fingerprint(config);
    for (int place = 0; place <= 100; place++) {
      int part = place;
      var changed =
          fingerprint(
              config,
              tensors -> {
                var longest =
                    tensors.values().stream()
                        .max((one, other) -> Long.compare(one.elements(), other.elements()))
                        .orElseThrow()
                        .segment();
                long at = (longest.byteSize() - 1) * part / 100;
                byte old = longest.get(ValueLayout.JAVA_BYTE, at);
                longest.set(ValueLayout.JAVA_BYTE, at, (byte) (old ^ 1));
              });
      assertNotEquals(usual, changed, place + " % of the way");
    }
  }

  /// A number in each of the last chunks of a tensor of several and some.
  @Test
  void eachChunkOfALargeTensorCounts() throws Exception {
    var tiny = TinyModels.llama();
    var large =
        new ModelConfig(
            tiny.names(),
            20_011,
            tiny.context(),
            tiny.width(),
            tiny.layers(),
            tiny.sharedLayers(),
            tiny.attention(),
            tiny.feedForward(),
            tiny.norm(),
            tiny.positions(),
            tiny.embedding(),
            tiny.specialTokens(),
            tiny.initializerRange());
    var usual = fingerprint(large);
    for (long back : new long[] {1, 1 << 20, 2 << 20}) {
      var changed =
          fingerprint(
              large,
              tensors -> {
                var first = tensors.firstEntry().getValue();
                long at = first.elements() - back / Float.BYTES - 1;
                first.set(at, first.get(at) + 1);
              });
      assertNotEquals(usual, changed, back + " bytes before the end");
    }
  }

  @Test
  void numbersThatChangePlacesCount() throws Exception {
    var config = TinyModels.llama();
    assertNotEquals(
        fingerprint(config),
        fingerprint(
            config,
            tensors -> {
              var numbers = tensors.firstEntry().getValue();
              float first = numbers.get(10);
              numbers.set(10, numbers.get(11));
              numbers.set(11, first);
            }));
  }

  /// None of these shows in a tensor.
  @Test
  void whatIsOnlyConfiguredCounts() throws Exception {
    var llama = TinyModels.llama();
    var rotary = new Positions.Rotary(10000, new RotaryScaling.None());
    var norm = llama.norm();
    var attention = llama.attention();
    var others =
        List.of(
            llama.withPositions(new Positions.Rotary(10001, new RotaryScaling.None())),
            llama.withPositions(new Positions.Rotary(10000, new RotaryScaling.Linear(2))),
            llama.withPositions(rotary.withNopeLayers(Set.of(1, 3))),
            llama.withPositions(rotary.withNopeLayers(Set.of(1, 2))),
            llama.withPositions(rotary.withInterleaved(true)),
            llama.withNorm(
                new ModelConfig.Norm(norm.kind(), 2e-5f, 0, norm.placement(), norm.branchScale())),
            llama.withNorm(norm.withBranchScale(0.5f)),
            llama.withAttention(attention.withScores(attention.scores().withScale(0.31f))),
            llama.withAttention(attention.withWindows(List.of(0, 5, 0, 0))));
    var seen = new HashSet<String>();
    seen.add(fingerprint(llama));
    for (var other : others) {
      seen.add(fingerprint(other));
    }
    assertEquals(others.size() + 1, seen.size());
  }

  /// Sets and maps that are equal are told alike, whatever order they have in a process.
  @Test
  void orderOfProcessesDoesNotCount() {
    var one = new LinkedHashSet<>(List.of(1, 12, 3));
    var other = new LinkedHashSet<>(List.of(3, 1, 12));
    assertEquals(ModelFingerprint.text(one), ModelFingerprint.text(other));
    var there = new LinkedHashMap<String, Object>(Map.of("a", one));
    there.put("b", List.of());
    var back = new LinkedHashMap<String, Object>(Map.of("b", List.of()));
    back.put("a", other);
    assertEquals(ModelFingerprint.text(there), ModelFingerprint.text(back));
    assertNotEquals(
        ModelFingerprint.text(Arrays.asList(1, 3)), ModelFingerprint.text(Arrays.asList(3, 1)));
  }

  /// Its words would be those of one process.
  @Test
  void whatHasNoWordsIsRefused() {
    assertEquals(
        "no words for a class java.lang.Object",
        assertThrows(IllegalArgumentException.class, () -> ModelFingerprint.text(new Object()))
            .getMessage());
  }
}
