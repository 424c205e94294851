package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.tune.PreferenceMethod.Variant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PreferenceMethodTest {
  @Test
  void withoutAPreferenceTheLossIsThatOfAToss() {
    assertEquals(Math.log(2), PreferenceMethod.STANDARD.loss(0), 1e-15);
    assertEquals(Math.log(2), new PreferenceMethod(Variant.SIGMOID, 0.3, 0.2).loss(0), 1e-15);
    assertEquals(1, new PreferenceMethod(Variant.HINGE, 0.1, 0).loss(0), 1e-15);
    assertEquals(25, new PreferenceMethod(Variant.IPO, 0.1, 0).loss(0), 1e-12);
  }

  /// Central differences of doubles with steps of 1e-5 are good to about 1e-9 here.
  @ParameterizedTest
  @EnumSource
  void slopeIsThatOfTheLoss(Variant variant) {
    for (double smoothing : new double[] {0, 0.1, 0.4}) {
      var method = new PreferenceMethod(variant, 0.37, smoothing);
      for (double margin : new double[] {-300, -7, -1, -0.1, 0.05, 1, 2.5, 13, 300}) {
        double slope = (method.loss(margin + 1e-5) - method.loss(margin - 1e-5)) / 2e-5;
        assertEquals(
            slope, method.slope(margin), 1e-6 * (1 + Math.abs(slope)), variant + " " + margin);
      }
    }
  }

  @Test
  void impossibleNumbersAreRefused() {
    assertEquals(
        "beta is 0.0, and must be positive: try 0.1",
        assertThrows(
                IllegalArgumentException.class, () -> new PreferenceMethod(Variant.SIGMOID, 0, 0))
            .getMessage());
    assertEquals(
        "label smoothing is 0.5, and must be from 0 to below 0.5",
        assertThrows(
                IllegalArgumentException.class,
                () -> new PreferenceMethod(Variant.SIGMOID, 0.1, 0.5))
            .getMessage());
  }
}
