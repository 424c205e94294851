package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Curves of 1000 steps with an evaluation every 50, and noise of 3 % on the training loss and 0.2
/// % on the validation loss, as small models show it.
class LearningCurveTest {
  /// Of English by characters.
  private static final double FREQUENCIES = 3.3;

  private static final LearningCurve.Scale CONSTANT = new LearningCurve.Scale(FREQUENCIES, false);
  private static final LearningCurve.Scale DECAYING = new LearningCurve.Scale(FREQUENCIES, true);
  private static final long STEPS = 1000;

  private static LearningCurve curve(
      long seed, LongToDoubleFunction training, LongToDoubleFunction validation) {
    return filled(new LearningCurve(CONSTANT), seed, training, validation);
  }

  private static LearningCurve filled(
      LearningCurve curve,
      long seed,
      LongToDoubleFunction training,
      LongToDoubleFunction validation) {
    var random = new Random(seed);
    for (long step = 1; step <= STEPS; step++) {
      double noise = 1 + 0.03 * random.nextGaussian();
      curve.addTraining(step, training.applyAsDouble(step) * noise);
      if (step % 50 == 0) {
        curve.addValidation(
            step, validation.applyAsDouble(step) * (1 + 0.002 * random.nextGaussian()));
      }
    }
    return curve;
  }

  private static double falling(long step) {
    return 1.5 + 2.7 * Math.exp(-step / 400.0);
  }

  private static double stalled(long step) {
    return 1.5 + 2.7 * Math.exp(-step / 80.0);
  }

  private static void assertKind(Verdict.Kind kind, LearningCurve curve, boolean finished) {
    var verdict = curve.verdict(finished);
    assertEquals(kind, verdict.kind(), verdict::sentence);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void fallingLossIsLearning(long seed) {
    var curve = curve(seed, LearningCurveTest::falling, LearningCurveTest::falling);
    assertKind(Verdict.Kind.LEARNING, curve, false);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void steepFallAtEndIsUnderfitting(long seed) {
    var curve = curve(seed, LearningCurveTest::falling, LearningCurveTest::falling);
    assertKind(Verdict.Kind.UNDERFITTING, curve, true);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void flatLossIsPlateau(long seed) {
    var curve = curve(seed, LearningCurveTest::stalled, LearningCurveTest::stalled);
    assertKind(Verdict.Kind.PLATEAU, curve, false);
    assertKind(Verdict.Kind.PLATEAU, curve, true);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void lossNearUnigramEntropyIsUnderfitting(long seed) {
    LongToDoubleFunction high = step -> 3.2 + 0.7 * Math.exp(-step / 50.0);
    var verdict = curve(seed, high, high).verdict(true);
    assertEquals(Verdict.Kind.UNDERFITTING, verdict.kind(), verdict::sentence);
    assertTrue(
        verdict
            .sentence()
            .endsWith(
                ", and knowing only how often each token occurs gives 3.300; use another learning rate or"
                    + " a larger model"),
        verdict::sentence);
  }

  /// A learning rate that goes down to nothing lowers the loss by some percent in the last third,
  /// however long the run was: the demo's curve, as it was measured.
  @Test
  void fallByLearningRateIsNotUnderfitting() {
    double[] demo = {
      7.5361, 5.9, 5.2, 4.75, 4.45, 4.24, 4.06, 3.8989, 3.8, 3.71, 3.63, 3.57, 3.52, 3.47, 3.43,
      3.39, 3.35, 3.31, 3.28, 3.2641
    };
    for (boolean falls : new boolean[] {true, false}) {
      var curve = new LearningCurve(new LearningCurve.Scale(6.2, falls));
      for (int i = 0; i < demo.length; i++) {
        for (int step = 27 * i + 1; step <= 27 * (i + 1); step++) {
          curve.addTraining(step, demo[i]);
        }
        curve.addValidation(27L * (i + 1), demo[i]);
      }
      var verdict = curve.verdict(true);
      var evidence =
          "the validation loss went from 3.470 at step 378 to 3.264 at step 540 (-5.9 %)";
      assertEquals(
          falls
              ? "learning: " + evidence
              : "underfitting: it ended while " + evidence + "; train longer",
          verdict.sentence());
    }
  }

  /// The demo on a quiet machine: the losses of its log.jsonl, and its evaluations.
  @Test
  void demoFallByTenthIsNotUnderfitting() throws IOException {
    var losses =
        Files.readString(Path.of("src/test/resources/learning-curves/demo.txt")).split("\\s+");
    var evaluations =
        Map.of(15, 6.178, 231, 3.875, 399, 3.652, 553, 3.460, 702, 3.295, 840, 3.173, 961, 3.115);
    for (boolean falls : new boolean[] {true, false}) {
      var curve = new LearningCurve(new LearningCurve.Scale(6.2, falls));
      for (int step = 1; step <= losses.length; step++) {
        curve.addTraining(step, Double.parseDouble(losses[step - 1]));
        if (evaluations.containsKey(step)) {
          curve.addValidation(step, evaluations.get(step));
        }
      }
      assertEquals(
          falls ? Verdict.Kind.LEARNING : Verdict.Kind.UNDERFITTING, curve.verdict(true).kind());
    }
  }

  /// 60 steps that learned little but how often each byte occurs, though the loss fell all the
  /// time.
  @Test
  void shortRunIsUnderfitting() {
    var curve = new LearningCurve(DECAYING);
    for (int step = 1; step <= 60; step++) {
      double loss = 5.55 - 2.35 * (1 - Math.exp(-step / 15.0));
      curve.addTraining(step, loss);
      if (step % 3 == 0) {
        curve.addValidation(step, loss);
      }
    }
    assertEquals(
        "underfitting: the validation loss is 3.243, and knowing only how often each token occurs"
            + " gives 3.300; train longer",
        curve.verdict(true).sentence());
    assertEquals(Verdict.Kind.LEARNING, curve.verdict(false).kind());
  }

  /// Batches of two kinds by turns, of which one is learned still.
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void everyStepIsAveraged(int learned) {
    var curve = new LearningCurve(DECAYING);
    for (int step = 1; step <= 240; step++) {
      curve.addTraining(step, step % 2 == learned ? 4.5 - step / 300.0 : 4);
    }
    assertKind(Verdict.Kind.LEARNING, curve, false);
  }

  /// Of the earlier loss; a fitted line's ends are nothing that anybody saw.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void evidenceIsMeasuredLoss(long seed) {
    var curve = curve(seed, LearningCurveTest::falling, LearningCurveTest::falling);
    var points = curve.validation();
    var then = points.get(13);
    var now = points.get(19);
    assertEquals(
        String.format(
            Locale.ROOT,
            "the validation loss went from %.3f at step 700 to %.3f at step 1000 (%+.1f %%)",
            then.loss(),
            now.loss(),
            100 * (now.loss() - then.loss()) / then.loss()),
        curve.verdict(false).evidence());
  }

  private static LearningCurve goingOn(double... losses) {
    var curve = new LearningCurve(DECAYING);
    for (int i = 0; i < losses.length; i++) {
      curve.addValidation(10L * i, losses[i]);
      for (int step = 10 * i + 1; step <= 10 * (i + 1); step++) {
        curve.addTraining(step, losses[i]);
      }
    }
    return curve;
  }

  @Test
  void initialModelNotImprovedIsWorse() {
    var sentence =
        "worse: the validation loss is 2.830 after step 20, and was 2.340 before the first; use a"
            + " lower learning rate, or more text like that to validate with";
    assertEquals(sentence, goingOn(2.34, 2.9, 2.83).verdict(true).sentence());
    assertEquals(sentence, goingOn(2.34, 2.9, 2.83).verdict(false).sentence());
    assertEquals(OptionalLong.of(0), goingOn(2.34, 2.9, 2.83).verdict(true).bestStep());
    // The first steps may lose what the next win back.
    assertNotEquals(Verdict.Kind.WORSE, goingOn(2.34, 2.5).verdict(false).kind());
    assertKind(Verdict.Kind.WORSE, goingOn(2.34, 2.34), true);
    assertKind(Verdict.Kind.LEARNING, goingOn(2.34, 2.5, 2.4, 2.3, 2.2, 2.1), false);
    assertKind(Verdict.Kind.PLATEAU, goingOn(2.34, 2.3, 2.3, 2.3, 2.3, 2.3), true);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void risingValidationIsOverfitting(long seed) {
    LongToDoubleFunction validation = step -> 1.8 + Math.pow((step - 400) / 600.0, 2) * 0.4;
    var curve = curve(seed, step -> 2.5 * Math.exp(-step / 600.0), validation);
    assertKind(Verdict.Kind.OVERFITTING, curve, false);
    long best = curve.verdict(true).bestStep().orElseThrow();
    assertTrue(best >= 300 && best <= 500, () -> "best step " + best + ", seed " + seed);
    assertTrue(curve.verdict(true).sentence().contains("step " + best));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void noisyPlateauIsNotOverfitting(long seed) {
    var random = new Random(seed);
    LongToDoubleFunction jittery = step -> stalled(step) * (1 + 0.01 * random.nextGaussian());
    var curve = curve(seed, step -> stalled(step) - step * 1e-4, jittery);
    assertNotEquals(Verdict.Kind.OVERFITTING, curve.verdict(false).kind());
  }

  @Test
  void oneHighEvaluationIsNotOverfitting() {
    var curve = curve(1, LearningCurveTest::falling, step -> step == STEPS ? 2.5 : falling(step));
    assertNotEquals(Verdict.Kind.OVERFITTING, curve.verdict(false).kind());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void repeatedSpikesAreUnstable(long seed) {
    LongToDoubleFunction jumping = step -> falling(step) * (step % 60 < 2 ? 2 : 1);
    assertKind(Verdict.Kind.UNSTABLE, curve(seed, jumping, LearningCurveTest::falling), false);
  }

  /// A rate far too high: the first steps throw the model off, and it never comes back.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void lossThatStaysAboveItsFirstIsUnstable(long seed) {
    LongToDoubleFunction thrown = step -> step <= 1 ? 7.6 : 8.4 + 4 * Math.exp(-step / 200.0);
    var curve = curve(seed, thrown, thrown);
    for (boolean finished : new boolean[] {false, true}) {
      var verdict = curve.verdict(finished);
      assertEquals(Verdict.Kind.UNSTABLE, verdict.kind(), verdict::sentence);
      assertTrue(
          verdict
              .sentence()
              .matches(
                  "unstable: the mean training loss never fell below 8\\.\\d+, and began at 7\\.\\d+;"
                      + " lower the learning rate"),
          verdict::sentence);
    }
  }

  /// An easy first batch of fine-tuning says nothing.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anEasyFirstBatchIsNotUnstable(long seed) {
    LongToDoubleFunction flat = step -> step <= 4 ? 1.2 : 2.1;
    assertNotEquals(Verdict.Kind.UNSTABLE, curve(seed, flat, flat).verdict(true).kind());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void risingTrainingLossIsUnstable(long seed) {
    LongToDoubleFunction rising =
        step -> step < 600 ? falling(step) : falling(600) + (step - 600) / 400.0;
    assertKind(Verdict.Kind.UNSTABLE, curve(seed, rising, rising), true);
  }

  /// Two megabytes of Java, a document after the other, as it was measured: the last batches but
  /// those of one easy document are the best.
  @Test
  void oneEasyDocumentIsNotRise() {
    double[] means = {
      7.23, 5.95, 5.35, 4.88, 4.8, 4.36, 4.18, 4.2, 3.87, 3.98, 3.94, 3.67, 3.69, 3.46, 3.59, 3.36,
      3.38, 3.02, 3.36
    };
    var curve = new LearningCurve(new LearningCurve.Scale(6.2, true));
    for (int step = 1; step <= 9 * means.length; step++) {
      curve.addTraining(step, means[(step - 1) / 9]);
    }
    curve.addValidation(171, 4.551);
    assertKind(Verdict.Kind.LEARNING, curve, true);
  }

  @Test
  void fewStepsAreNotJudged() {
    var curve = new LearningCurve(CONSTANT);
    for (long step = 1; step <= 10; step++) {
      curve.addTraining(step, 4);
    }
    assertKind(Verdict.Kind.NEEDS_DATA, curve, false);
    assertEquals(
        "needs data: 10 steps and 0 evaluations are too few to judge by; train longer",
        curve.verdict(true).sentence());
    assertEquals(OptionalLong.empty(), curve.verdict(true).bestStep());
  }

  @Test
  void fewEvaluationsJudgeTrainingLoss() {
    var curve = new LearningCurve(CONSTANT);
    for (long step = 1; step <= STEPS; step++) {
      curve.addTraining(step, falling(step));
    }
    curve.addValidation(1, 4.2);
    curve.addValidation(STEPS, 1.7);
    assertKind(Verdict.Kind.LEARNING, curve, false);
    assertTrue(curve.verdict(false).evidence().startsWith("the mean training loss went from "));
  }

  /// Four evaluations of a long run: the first of them is not part of its end.
  @Test
  void sparseEvaluationsDoNotJudgeEnd() {
    var curve = new LearningCurve(DECAYING);
    for (long step = 1; step <= STEPS; step++) {
      curve.addTraining(step, stalled(step));
    }
    for (long step : new long[] {3, 600, 990, 1000}) {
      curve.addValidation(step, stalled(step));
    }
    assertKind(Verdict.Kind.PLATEAU, curve, true);
  }

  @Test
  void noValidationJudgesTrainingLoss() {
    var curve = new LearningCurve(CONSTANT);
    for (long step = 1; step <= STEPS; step++) {
      curve.addTraining(step, falling(step));
    }
    assertKind(Verdict.Kind.LEARNING, curve, false);
  }

  @Test
  void restoredCurveContinuesIdentically() {
    var whole = curve(7, LearningCurveTest::falling, LearningCurveTest::falling);
    var again = new LearningCurve(CONSTANT, whole.state());
    for (long step = STEPS + 1; step <= STEPS + 100; step++) {
      whole.addTraining(step, 2);
      again.addTraining(step, 2);
    }
    assertEquals(whole.state(), again.state());
    assertEquals(whole.verdict(true), again.verdict(true));
  }

  @Test
  void longRunUsesLittleMemory() {
    var history = new LossHistory();
    for (long step = 1; step <= 100_000; step++) {
      history.add(step, (double) step);
    }
    assertTrue(history.means().size() <= LossHistory.CAPACITY);
    assertEquals(100_000, history.means().stream().mapToLong(LossHistory.Mean::count).sum());
    // The mean of 50,001..100,000, but for the part of a mean at either end.
    assertEquals(75_000.5, history.between(50_000, 100_000), (double) history.stride());
  }
}
