package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fader.model.adapter.AdapterMethod;
import dev.fader.model.adapter.FullMethod;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.NormMethod;
import dev.fader.train.LearningCurve;
import java.util.List;
import org.junit.jupiter.api.Test;

class TuningAdviceTest {
  private static final AdapterMethod LORA = LoraMethod.of(8, 16);

  /// So many evaluations after ten steps each.
  private static String verdict(AdapterMethod method, TuningTask task, double... validation) {
    var scale = new LearningCurve.Scale(3, true, TuningAdvice.of(method, task));
    var curve = new LearningCurve(scale);
    for (int step = 0; step < 10 * (validation.length - 1); step++) {
      curve.addTraining(step + 1, 3 / (1 + 0.1 * step));
    }
    for (int i = 0; i < validation.length; i++) {
      curve.addValidation(10L * i, validation[i]);
    }
    return curve.verdict(true).sentence();
  }

  private static String advice(String sentence) {
    return sentence.substring(sentence.indexOf("; ") + 2);
  }

  @Test
  void aPlateauAsksForMoreThatLearns() {
    var flat = new double[] {2.5, 2.1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    assertEquals(
        "a higher rank, more targets, another learning rate or more examples may lead lower",
        advice(verdict(LORA, TuningTask.CONTINUATION, flat)));
    assertEquals(
        "more targets, LoRA, in which more learns, another learning rate or more texts with labels"
            + " may lead lower",
        advice(verdict(new NormMethod(), TuningTask.CLASSIFICATION, flat)));
    assertEquals(
        "more parameters that learn, another learning rate or more pairs may lead lower",
        advice(verdict(new FullMethod(List.of("all"), List.of()), TuningTask.PREFERENCE, flat)));
  }

  @Test
  void whatIsLearnedByHeartAsksForLess() {
    var rising = new double[] {3, 2.5, 2, 2, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9};
    assertEquals(
        "the adapter of step 20 is the best; more examples, fewer epochs, a lower rank or dropout"
            + " would make a better one",
        advice(verdict(LORA, TuningTask.CONTINUATION, rising)));
  }

  @Test
  void whatNeverGotBetterAsksForALowerRate() {
    assertEquals(
        "worse: the validation loss is 2.200 after step 40, and was 2.000 before the first; use a"
            + " lower learning rate, or more pairs like those to validate with",
        verdict(LORA, TuningTask.PREFERENCE, 2, 2.1, 2.1, 2.1, 2.2));
  }

  @Test
  void whatLearnedLittleIsCompared() {
    var stuck = verdict(LORA, TuningTask.CLASSIFICATION, 3.1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3);
    assertEquals(
        "underfitting: the validation loss is 3.000, and knowing only how often each label occurs"
            + " gives 3.000; use another learning rate, a higher rank or more targets",
        stuck);
  }

  @Test
  void noAdapterIsToldToBeALargerModel() {
    for (var task : TuningTask.values()) {
      assertFalse(TuningAdvice.of(LORA, task).toString().contains("larger model"));
    }
  }
}
