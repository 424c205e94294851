package dev.fader.data.quality;

import java.util.Locale;

/// What is wrong with a text.
public enum Fault {
  /// It has fewer words than a text should have.
  SHORT("shorter than it should be"),
  /// An earlier text is the same, byte for byte.
  REPEATED("the same as an earlier one"),
  /// It resembles an earlier text.
  SIMILAR("nearly the same as an earlier one"),
  /// It repeats itself.
  REPETITIVE("repeats itself"),
  /// It is in a language that was not asked for.
  LANGUAGE("in another language"),
  /// It has a passage of thirteen words from the texts to compare with.
  KNOWN("shares a passage with the other texts");

  private final String words;

  Fault(String words) {
    this.words = words;
  }

  /// As files and programs have it.
  public String title() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// What it means.
  public String words() {
    return words;
  }
}
