package dev.fader.template.syntax;

import java.math.BigInteger;

/// What a literal says.
public sealed interface Literal {
  record None() implements Literal {}

  record Flag(boolean on) implements Literal {}

  /// An integer of any size.
  record Whole(BigInteger number) implements Literal {}

  record Real(double number) implements Literal {}

  record Text(String text) implements Literal {}

  /// Python's truth.
  default boolean isTrue() {
    return switch (this) {
      case None _ -> false;
      case Flag flag -> flag.on;
      case Whole whole -> whole.number.signum() != 0;
      case Real real -> real.number != 0;
      case Text string -> !string.text.isEmpty();
    };
  }
}
