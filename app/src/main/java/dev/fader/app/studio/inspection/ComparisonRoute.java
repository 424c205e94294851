package dev.fader.app.studio.inspection;

import dev.fader.app.studio.request.FileFailures;
import dev.fader.app.view.DifferenceView;
import dev.fader.app.view.Json;
import dev.fader.inspect.difference.ModelComparison;
import dev.fader.inspect.difference.ModelDifference;
import dev.fader.inspect.difference.TurnedModel;
import dev.fader.inspect.tensor.TensorPattern;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import java.time.Duration;

/// What is different in two models, told while it is found.
record ComparisonRoute(ModelFile files, Turns turns) {
  private static final long TOLD_BYTES = 8000; // of heap, that a compared tensor takes
  private static final Duration OFTEN = Duration.ofMillis(100);

  Route route() {
    return Route.post(InspectionRoutes.PATH + "compare", this::compare);
  }

  private void compare(Exchange exchange) throws InterruptedException {
    long start = System.nanoTime();
    var body = BodyFields.of(exchange.body());
    var first = files.turned(body, "a");
    var second = files.turned(body, "b");
    var difference = turns.inTurn(exchange, () -> compared(exchange, first, second));
    exchange.events().send(Json.tree(Answers.timed(DifferenceView.of(difference), start)));
  }

  private ModelDifference compared(Exchange exchange, TurnedModel first, TurnedModel second) {
    try (var engine = files.engine();
        var comparison = new ModelComparison(engine.kernels(), engine.memory())) {
      var progress = new Told(exchange);
      return FileFailures.told(
          () -> comparison.compare(first, second, new TensorPattern("*"), progress));
    }
  }

  /// Tells how far it is, not too often; where the client has gone, that ends the comparison.
  private static final class Told implements ModelComparison.Progress {
    private final Exchange exchange;
    private long last;

    Told(Exchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void at(int compared, int of) {
      if (compared == 0) {
        exchange.reserve(of * TOLD_BYTES);
      }
      exchange.requireClient();
      long now = System.nanoTime();
      if (compared == 0 || now - last > OFTEN.toNanos()) {
        last = now;
        exchange.events().send(JsonText.object().put("done_tensors", compared).put("of", of));
      }
    }
  }
}
