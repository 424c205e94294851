package dev.fader.app.studio.library;

import dev.fader.app.explain.Explanation;
import dev.fader.app.explain.Explanations;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// The words of the field, explained with examples that are computed when they are asked for, one
/// at a time.
public final class ExplanationRoutes {
  private static final String PATH = "/studio/api/explanations";
  private static final double NANO = 1e-9;
  private static final long LOOK = 200; // milliseconds

  private final Semaphore turn = new Semaphore(1, true);

  public List<Route> routes() {
    return List.of(
        Route.get(PATH, ExplanationRoutes::list), Route.post(PATH + "/page", this::page));
  }

  private static void list(Exchange exchange) {
    var told = JsonText.object();
    var list = told.putArray("explanations");
    for (var explanation : Explanations.all()) {
      list.addObject().put("word", explanation.word()).put("summary", explanation.summary());
    }
    exchange.send(told);
  }

  private void page(Exchange exchange) throws InterruptedException {
    var word = BodyFields.of(exchange.body()).requiredText("word");
    var explanation =
        Explanations.find(word)
            .orElseThrow(() ->
                new ApiException(
                        ApiException.Kind.NOT_FOUND,
                        "this word is not explained: choose one of "
                            + String.join(
                                ", ", Explanations.all().stream().map(Explanation::word).toList()))
                    .at("word"));
    while (!turn.tryAcquire(LOOK, TimeUnit.MILLISECONDS)) {
      exchange.requireClient();
      exchange.requireInTime();
    }
    long start = System.nanoTime();
    try {
      var markdown = explanation.page(exchange::requireClient);
      exchange.send(
          JsonText.object()
              .put("word", explanation.word())
              .put("markdown", markdown)
              .put("seconds", (System.nanoTime() - start) * NANO));
    } finally {
      turn.release();
    }
  }
}
