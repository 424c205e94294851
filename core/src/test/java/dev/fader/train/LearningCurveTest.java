package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Curves of 1000 steps with an evaluation every 50, and noise of 3 % on the training loss and 0.2
/// % on the validation loss, as small models show it.
class LearningCurveTest {
  private static final int VOCABULARY = 65;
  private static final long STEPS = 1000;

  private static LearningCurve curve(
      long seed, LongToDoubleFunction training, LongToDoubleFunction validation) {
    var random = new Random(seed);
    var curve = new LearningCurve(VOCABULARY);
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
  void aFallingCurveIsLearning(long seed) {
    var curve = curve(seed, LearningCurveTest::falling, LearningCurveTest::falling);
    assertKind(Verdict.Kind.LEARNING, curve, false);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aRunThatEndsWhileItFallsSteeplyIsUnderfitting(long seed) {
    var curve = curve(seed, LearningCurveTest::falling, LearningCurveTest::falling);
    assertKind(Verdict.Kind.UNDERFITTING, curve, true);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aFlatCurveIsAPlateau(long seed) {
    var curve = curve(seed, LearningCurveTest::stalled, LearningCurveTest::stalled);
    assertKind(Verdict.Kind.PLATEAU, curve, false);
    assertKind(Verdict.Kind.PLATEAU, curve, true);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aCurveThatStaysNearGuessingIsUnderfitting(long seed) {
    LongToDoubleFunction high = step -> 3.4 + 0.7 * Math.exp(-step / 50.0);
    assertKind(Verdict.Kind.UNDERFITTING, curve(seed, high, high), false);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void validationThatRisesWhileTrainingFallsIsOverfitting(long seed) {
    LongToDoubleFunction validation = step -> 1.8 + Math.pow((step - 400) / 600.0, 2) * 0.4;
    var curve = curve(seed, step -> 2.5 * Math.exp(-step / 600.0), validation);
    assertKind(Verdict.Kind.OVERFITTING, curve, false);
    long best = curve.verdict(true).bestStep().orElseThrow();
    assertTrue(best >= 300 && best <= 500, () -> "best step " + best + ", seed " + seed);
    assertTrue(curve.verdict(true).sentence().contains("step " + best));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aJitteryPlateauIsNotOverfitting(long seed) {
    var random = new Random(seed);
    LongToDoubleFunction jittery = step -> stalled(step) * (1 + 0.01 * random.nextGaussian());
    var curve = curve(seed, step -> stalled(step) - step * 1e-4, jittery);
    assertNotEquals(Verdict.Kind.OVERFITTING, curve.verdict(false).kind());
  }

  @Test
  void oneBadEvaluationIsNotOverfitting() {
    var curve = curve(1, LearningCurveTest::falling, step -> step == STEPS ? 2.5 : falling(step));
    assertNotEquals(Verdict.Kind.OVERFITTING, curve.verdict(false).kind());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void repeatedJumpsAreUnstable(long seed) {
    LongToDoubleFunction jumping = step -> falling(step) * (step % 60 < 2 ? 2 : 1);
    assertKind(Verdict.Kind.UNSTABLE, curve(seed, jumping, LearningCurveTest::falling), false);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aTrainingLossThatRisesIsUnstable(long seed) {
    LongToDoubleFunction rising =
        step -> step < 600 ? falling(step) : falling(600) + (step - 600) / 400.0;
    assertKind(Verdict.Kind.UNSTABLE, curve(seed, rising, rising), true);
  }

  @Test
  void aFewStepsAreTooFewToJudge() {
    var curve = new LearningCurve(VOCABULARY);
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
  void whereEvaluationsAreFewTheTrainingLossIsJudged() {
    var curve = new LearningCurve(VOCABULARY);
    for (long step = 1; step <= STEPS; step++) {
      curve.addTraining(step, falling(step));
    }
    curve.addValidation(1, 4.2);
    curve.addValidation(STEPS, 1.7);
    assertKind(Verdict.Kind.LEARNING, curve, false);
    assertTrue(curve.verdict(false).evidence().startsWith("the training loss went from "));
  }

  @Test
  void withoutValidationTheTrainingLossIsJudged() {
    var curve = new LearningCurve(VOCABULARY);
    for (long step = 1; step <= STEPS; step++) {
      curve.addTraining(step, falling(step));
    }
    assertKind(Verdict.Kind.LEARNING, curve, false);
  }

  @Test
  void aCurveThatWasWrittenDownGoesOnTheSame() {
    var whole = curve(7, LearningCurveTest::falling, LearningCurveTest::falling);
    var again = new LearningCurve(VOCABULARY, whole.state());
    for (long step = STEPS + 1; step <= STEPS + 100; step++) {
      whole.addTraining(step, 2);
      again.addTraining(step, 2);
    }
    assertEquals(whole.state(), again.state());
    assertEquals(whole.verdict(true), again.verdict(true));
  }

  @Test
  void aLongRunTakesLittleMemory() {
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
