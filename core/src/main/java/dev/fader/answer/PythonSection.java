package dev.fader.answer;

import java.util.List;

/// What follows Llama 3's tag for Python: a call in JSON, or code, which is a call of the tool that
/// runs it.
final class PythonSection implements Section {
  /// What the tool may be called, the first one if none is declared.
  private static final List<String> NAMES =
      List.of("python", "ipython", "code_interpreter", "code");

  private final Reading reading;
  private final String opening;
  private boolean code;

  PythonSection(Reading reading, String opening) {
    this.reading = reading;
    this.opening = opening;
  }

  @Override
  public Section letter(char letter) {
    if (!code) {
      if (Character.isWhitespace(letter)) {
        return this;
      }
      if (letter == '{') {
        return new EnvelopeSection(reading, opening, new AfterCall(reading, List.of(), ";"), false);
      }
      code = true;
      var declared = reading.tools().byName().keySet();
      reading
          .out()
          .call(NAMES.stream().filter(declared::contains).findFirst().orElse(NAMES.getFirst()));
      reading.out().arguments("{\"code\": \"");
    }
    var json = new StringBuilder();
    JsonStrings.appendEscaped(json, letter);
    reading.out().arguments(json);
    return this;
  }

  @Override
  public void end(boolean cut) {
    if (code && !cut) {
      reading.out().arguments("\"}");
    } else if (!code && !cut) {
      reading.out().content(opening);
    }
  }
}
