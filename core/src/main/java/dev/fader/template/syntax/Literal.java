package dev.fader.template.syntax;

import java.math.BigInteger;

/// What a literal says.
public sealed interface Literal {
  record None() implements Literal {}

  record Bool(boolean on) implements Literal {}

  /// An integer of any size.
  record Int(BigInteger number) implements Literal {}

  record Float(double number) implements Literal {}

  record Str(String text) implements Literal {}

  /// Python's truth.
  default boolean isTrue() {
    return switch (this) {
      case None _ -> false;
      case Bool flag -> flag.on;
      case Int whole -> whole.number.signum() != 0;
      case Float real -> real.number != 0;
      case Str string -> !string.text.isEmpty();
    };
  }
}
