package dev.fader.template.syntax;

import java.math.BigInteger;

/// The value of a literal.
public sealed interface Literal {
  record None() implements Literal {}

  record Bool(boolean on) implements Literal {}

  /// An integer of any size.
  record Int(BigInteger number) implements Literal {}

  record Real(double number) implements Literal {}

  record Text(String text) implements Literal {}

  /// Python's truth.
  default boolean isTrue() {
    return switch (this) {
      case None _ -> false;
      case Bool flag -> flag.on;
      case Int whole -> whole.number.signum() != 0;
      case Real real -> real.number != 0;
      case Text string -> !string.text.isEmpty();
    };
  }
}
