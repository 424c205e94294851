package dev.fader.kernel.option;

import java.util.Optional;

/// Who multiplies the matrices that are worth packing.
public enum EngineChoice {
  /// oneDNN for what it does faster, where it is installed; otherwise Java.
  AUTOMATIC("auto"),

  /// Java's own loops.
  JAVA("java"),

  /// oneDNN wherever it can; Java, and a line in the log, where it cannot be used.
  ONEDNN("onednn");

  /// The system property that names the engine where the program does not.
  public static final String PROPERTY = "fader.engine";

  private final String word;

  EngineChoice(String word) {
    this.word = word;
  }

  /// What users call it: `auto`, `java` or `onednn`.
  public String word() {
    return word;
  }

  /// The choice of a word.
  public static Optional<EngineChoice> named(String word) {
    for (var choice : values()) {
      if (choice.word.equals(word)) {
        return Optional.of(choice);
      }
    }
    return Optional.empty();
  }

  /// The choice of `-Dfader.engine`, or [#AUTOMATIC].
  ///
  /// @throws IllegalArgumentException if the property has no word of a choice
  public static EngineChoice ofProperty() {
    String asked = System.getProperty(PROPERTY, AUTOMATIC.word);
    return named(asked)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "-D%s=%s: must be auto, java or onednn".formatted(PROPERTY, asked)));
  }
}
