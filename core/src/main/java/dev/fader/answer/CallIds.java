package dev.fader.answer;

import java.util.random.RandomGenerator;

/// Makes the ids of calls, where models write none: letters and digits at random.
///
/// @param nine whether templates ask for nine letters and digits, as Mistral's do
record CallIds(RandomGenerator random, boolean nine) {
  private static final String LETTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private static final int USUAL = 24;
  private static final int MISTRAL = 9;

  String next() {
    var id = new StringBuilder(nine ? "" : "call_");
    for (int i = 0; i < (nine ? MISTRAL : USUAL); i++) {
      id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return id.toString();
  }
}
