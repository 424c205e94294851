package dev.fader.inspect.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.inspect.count.Configurations;
import dev.fader.inspect.plan.FlopsPerToken;
import dev.fader.inspect.plan.WeightBytes;
import dev.fader.kernel.Engine;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.TinyModels;
import dev.fader.model.convert.WeightType;
import dev.fader.model.random.RandomModel;
import dev.fader.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelSpeedTest {
  private static final WeightType FLOAT32 = new WeightType.Uniform(DType.FLOAT32);

  @Test
  void timesEachRepetition() {
    try (var engine = Engine.reference();
        var model = RandomModel.of(TinyModels.llama(), FLOAT32, engine)) {
      var begun = new ArrayList<Integer>();
      var speed = new ModelSpeed(model.decoder(), engine, KeyValueLimits.DEFAULTS, 0.1);
      for (var kind : SpeedTest.Kind.values()) {
        var test = new SpeedTest(kind, 7, 3, 13);
        begun.clear();
        var measured = speed.measure(test, 3, (doing, repetition) -> begun.add(repetition));
        assertEquals(List.of(0, 1, 2, 3), begun);
        assertEquals(test, measured.test());
        assertTrue(measured.tokensPerSecond() > 0 && measured.spread() > 0, measured::toString);
        assertTrue(measured.bytesPerSecond() > 0, measured::toString);
        assertTrue(measured.flopsPerSecond() > 0, measured::toString);
      }
    }
  }

  @Test
  void whatIsLongerThanTheContextIsRefused() {
    try (var engine = Engine.reference();
        var model = RandomModel.of(TinyModels.llama(), FLOAT32, engine)) {
      var test = new SpeedTest(SpeedTest.Kind.GENERATE, 1, 1, TinyModels.CONTEXT);
      var failure =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  new ModelSpeed(model.decoder(), engine, KeyValueLimits.DEFAULTS, 0.1)
                      .measure(test, 1, (doing, i) -> {}));
      assertEquals(
          "a text of 34 tokens is more than the model's context of 33", failure.getMessage());
    }
  }

  @Test
  void testsOfNothingAreRefused() {
    for (int[] sizes : new int[][] {{0, 1, 0}, {1, 0, 0}, {1, 1, -1}}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new SpeedTest(SpeedTest.Kind.PROMPT, sizes[0], sizes[1], sizes[2]));
    }
  }

  /// One token of a model without experts reads all weights but the untied embedding, which
  /// [WeightBytes] counts apart from this; norms are outside the layers for a part of a thousandth
  /// at most of real models, and for more of this one.
  @Test
  void aTokenReadsTheWeightsOnce() {
    try (var engine = Engine.reference();
        var model = RandomModel.of(TinyModels.llama(), FLOAT32, engine)) {
      var work = ModelWork.of(model.decoder().parameters(), DType.FLOAT16);
      var one = new SpeedTest(SpeedTest.Kind.GENERATE, 1, 1, 0);
      double finalNorm = (double) Float.BYTES * TinyModels.llama().width();
      assertEquals(
          WeightBytes.of(TinyModels.llama(), FLOAT32).passed() - finalNorm, work.bytes(one), 1e-6);
      var prompt = new SpeedTest(SpeedTest.Kind.PROMPT, 20, 1, 0);
      assertEquals(work.bytes(one), work.bytes(prompt), 1e-6);
      var four = new SpeedTest(SpeedTest.Kind.GENERATE, 1, 4, 0);
      assertEquals(work.bytes(one), work.bytes(four), 1e-6);
      assertEquals(4 * work.flops(one), work.flops(four), 1e-6);
    }
  }

  /// A layer with a window sees no more than it, however many pages are held.
  @Test
  void aTokenReadsTheKeysItSees() {
    var config = Configurations.gemma2().withContext(100);
    int window = config.attention().windows().getFirst();
    var work = new ModelWork(config, 0, 0, 0, DType.FLOAT16);
    double layer = 2.0 * 2 * config.attention().headSize(); // of one head: keys and values
    assertEquals(
        layer * ((window - 1) + 50), work.bytes(new SpeedTest(SpeedTest.Kind.GENERATE, 1, 1, 50)));
    assertEquals(
        layer * (2 * (window - 1) + 50 + 51),
        work.bytes(new SpeedTest(SpeedTest.Kind.GENERATE, 2, 1, 50)));
    assertEquals(
        layer * ((window - 1) + 50), work.bytes(new SpeedTest(SpeedTest.Kind.PROMPT, 20, 1, 50)));
  }

  /// Training's count has the head at every token.
  @Test
  void operationsAreThoseOfTraining() {
    var config = TinyModels.llama();
    try (var engine = Engine.reference();
        var model = RandomModel.of(config, FLOAT32, engine)) {
      var work = ModelWork.of(model.decoder().parameters(), DType.FLOAT16);
      var test = new SpeedTest(SpeedTest.Kind.GENERATE, 20, 1, 0);
      double expected = 20 * FlopsPerToken.of(config, 20, false).forward();
      assertEquals(expected, work.flops(test), 1e-9 * expected);
    }
  }
}
