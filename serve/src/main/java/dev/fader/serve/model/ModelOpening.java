package dev.fader.serve.model;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// Tells the flight recorder of a model that was opened.
@Name("dev.fader.ModelOpening")
@Label("Model opened")
@Category("Fader")
@StackTrace(false)
final class ModelOpening extends Event {
  @Label("Model")
  final String model;

  ModelOpening(String model) {
    this.model = model;
  }
}
