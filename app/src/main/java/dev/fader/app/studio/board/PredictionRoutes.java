package dev.fader.app.studio.board;

import dev.fader.app.studio.request.FileFailures;
import dev.fader.generate.PredictionChange;
import dev.fader.inspect.board.DialSlopes;
import dev.fader.inspect.board.MixingBoard.Prompt;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ModelStatus;
import dev.fader.serve.model.ServedModels;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// The next token of a prompt: without a mix and with it, and how it would go on changing.
final class PredictionRoutes {
  private static final int MOST_SHOWN = 1000;
  private static final int MOST_SLOPES = 32;

  private final ServedModels models;
  private final Lanes lanes;
  private final OpenBoards boards;

  PredictionRoutes(ServedModels models, Lanes lanes) {
    this.models = models;
    this.lanes = lanes;
    this.boards = new OpenBoards(models.policy().opening().memoryBytes());
    models.listen(event -> {
      if (event.status() == ModelStatus.UNLOADED) {
        Thread.startVirtualThread(() -> boards.forget(event.model()));
      }
    });
  }

  List<Route> routes() {
    return List.of(
        Route.post(BoardRoutes.PATH + "board/predict", this::predict),
        Route.post(BoardRoutes.PATH + "board/slopes", this::slopes));
  }

  private void predict(Exchange exchange) throws Exception {
    long start = System.nanoTime();
    var asked = BoardQuestion.of(exchange);
    try (var lease = asked.lease(models)) {
      int[] tokens = asked.prompt(lease);
      int top = asked.top(lease, 10, MOST_SHOWN);
      asked.reserve(0, tokens.length + 2L * top);
      var texts = TokenTexts.of(lease);
      var answer =
          lanes
              .turning(lease)
              .compute(
                  exchange,
                  stop ->
                      FileFailures.told(() ->
                          boards.with(
                              lease,
                              new Prompt(tokens, stop),
                              board -> {
                                var turn = board.turned(asked.mix(lease), stop);
                                var change = new PredictionChange(board.base(), turn.prediction());
                                return predicted(change, top, texts)
                                    .put("layers_computed", turn.layersComputed());
                              })));
      var read = answer.putArray("tokens");
      for (int id : tokens) {
        texts.addTo(read, id);
      }
      exchange.send(timed(answer, start));
    }
  }

  private static ObjectNode predicted(PredictionChange change, int top, TokenTexts texts) {
    var answer = JsonText.object();
    var next = answer.putArray("next");
    for (var token : change.top(top)) {
      texts.addTo(next, token.id()).put("before", token.before()).put("after", token.after());
    }
    return answer.put("change_bits", change.divergence());
  }

  private void slopes(Exchange exchange) throws Exception {
    long start = System.nanoTime();
    var asked = BoardQuestion.of(exchange);
    try (var lease = asked.lease(models)) {
      int[] tokens = asked.prompt(lease);
      int top = asked.top(lease, 6, MOST_SLOPES);
      var config = lease.serving().model().config();
      int experts = config.feedForward().experts().map(some -> some.count()).orElse(0);
      long dials = (long) config.layers() * (3 + config.attention().heads() + experts);
      asked.reserve(dials * (top + 4L), top);
      var slopes =
          lanes
              .reading(lease)
              .compute(
                  exchange,
                  stop ->
                      FileFailures.told(() ->
                          boards.with(
                              lease,
                              new Prompt(tokens, stop),
                              board -> board.slopes(asked.mix(lease), top, stop))));
      exchange.send(timed(told(slopes, TokenTexts.of(lease)), start));
    }
  }

  private static ObjectNode told(DialSlopes slopes, TokenTexts texts) {
    var answer = JsonText.object();
    var tokens = answer.putArray("tokens");
    for (var token : slopes.tokens()) {
      texts.addTo(tokens, token.id()).put("probability", token.probability());
    }
    var dials = answer.putArray("dials");
    for (var dial : slopes.dials()) {
      var numbers = dials.addObject().put("target", dial.target().toString()).putArray("slopes");
      dial.slopes().forEach(numbers::add);
    }
    return answer;
  }

  /// @param start by [System#nanoTime]
  static ObjectNode timed(ObjectNode answer, long start) {
    return answer.put("seconds", (System.nanoTime() - start) * 1e-9);
  }
}
