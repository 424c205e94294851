package dev.fader.app.cli.option;

import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.train.recipe.Hyperparameter;

/// Numbers as people write them: `3e-4`, `10M`, `4k`.
public final class Quantity {
  private Quantity() {}

  /// A number as [#parse] reads it again.
  static String text(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  static double parse(Hyperparameter setting, String text) {
    return parse(FlagNames.of(setting.field()), text);
  }

  /// The number that `text` is, given as `--flag`.
  ///
  /// @throws IllegalArgumentException with one line if it is none
  public static double parse(String flag, String text) {
    double factor =
        switch (text.isEmpty() ? ' ' : text.charAt(text.length() - 1)) {
          case 'k', 'K' -> 1e3;
          case 'm', 'M' -> 1e6;
          case 'g', 'G', 'b', 'B' -> 1e9;
          case 't', 'T' -> 1e12;
          default -> 1;
        };
    var digits = factor == 1 ? text : text.substring(0, text.length() - 1);
    // Double.parseDouble alone would also take 1f and 0x1p3.
    if (digits.matches("[-+]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][-+]?\\d+)?")) {
      double value = Double.parseDouble(digits) * factor;
      if (Double.isFinite(value)) {
        return value;
      }
      throw new IllegalArgumentException(
          "--%s '%s' is beyond all numbers: choose a smaller one".formatted(flag, text));
    }
    throw new IllegalArgumentException(
        "--%s '%s' is not a number: write it like 100, 0.5, 3e-4 or 10M".formatted(flag, text));
  }
}
