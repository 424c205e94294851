package dev.fader.serve.metrics;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// Tells the flight recorder of a request.
@Name("dev.fader.Request")
@Label("Request")
@Category("Fader")
@StackTrace(false)
final class RequestServed extends Event {
  @Label("Route")
  String route = "";

  @Label("Status")
  int status;

  @Label("Model")
  String model = "";

  @Label("Input tokens")
  int inputTokens;

  @Label("Output tokens")
  int outputTokens;
}
