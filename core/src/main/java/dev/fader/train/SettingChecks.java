package dev.fader.train;

import static dev.fader.train.TrainingException.require;

/// Range checks of settings, with the error message of each.
final class SettingChecks {
  private SettingChecks() {}

  static void atLeast(long least, String name, long value) {
    require(
        value >= least,
        "%s is %d, and must be at least %d: choose a larger one",
        name,
        value,
        least);
  }

  static void positive(String name, double value, String remedy) {
    require(
        value > 0 && Double.isFinite(value),
        "%s is %s, and must be a number above 0: %s",
        name,
        value,
        remedy);
  }

  static void notNegative(String name, double value, String remedy) {
    require(
        value >= 0 && Double.isFinite(value),
        "%s is %s, and must be a number of at least 0: %s",
        name,
        value,
        remedy);
  }

  /// In [0, 1).
  static void fraction(String name, double value, String remedy) {
    require(
        value >= 0 && value < 1,
        "%s is %s, and must be at least 0 and below 1: %s",
        name,
        value,
        remedy);
  }
}
