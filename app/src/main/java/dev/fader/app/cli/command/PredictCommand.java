package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.MixOption;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.PromptOptions;
import dev.fader.app.cli.option.SessionOptions;
import dev.fader.app.cli.report.TokenNames;
import dev.fader.app.view.Json;
import dev.fader.generate.Prediction;
import dev.fader.generate.Session;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader predict`: what a model expects next.
@Command(
    name = "predict",
    customSynopsis = "fader predict MODEL [PROMPT] [OPTION...]",
    description = "Shows the most probable next tokens.")
public final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PROMPT",
      description = "The text to go on from; it may also come through a pipe.")
  private @Nullable String text;

  @Mixin private PromptOptions prompt;
  @Mixin private SessionOptions sessions;
  @Mixin private AdapterOptions adapters;
  @Mixin private MixOption mix;
  @Mixin private EngineOptions engineOptions;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "How many candidates to show; default 10.")
  private int top = 10;

  @Option(
      names = "--positions",
      paramLabel = "P",
      split = ",",
      description = "After which tokens, counted from 0; the last if not given.")
  private @Nullable List<Integer> positions;

  @Option(names = "--all", description = "With --json: the logits of the whole vocabulary.")
  private boolean all;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  PredictCommand() {}

  @Override
  public Integer call() throws IOException {
    sessions.check();
    if (top < 1) {
      throw misuse("--top is %d, and must be at least 1".formatted(top));
    }
    if (all && !json) {
      throw misuse("--all is for programs: give --json as well");
    }
    try (var engine = engineOptions.open();
        var base = model.open(engine);
        var opened = adapters.beside(base, mix.read(), engine)) {
      var tokens = prompt.tokens(opened, text);
      var wanted = wanted(tokens.length);
      int capacity = Math.min(tokens.length, opened.config().context());
      try (var session = sessions.open(opened, engine, capacity, DType.FLOAT32)) {
        show(predictions(session, tokens, wanted), new TokenNames(opened.tokenizer()));
      }
    }
    return 0;
  }

  private List<Integer> wanted(int tokens) {
    if (positions == null) {
      return List.of(tokens - 1);
    }
    for (int position : positions) {
      if (position < 0 || position >= tokens) {
        throw misuse(
            "position %d is outside the %d tokens: give positions from 0 to %d"
                .formatted(position, tokens, tokens - 1));
      }
    }
    return positions;
  }

  private static List<Prediction> predictions(Session session, int[] tokens, List<Integer> wanted) {
    var found = Prediction.at(session, tokens, wanted);
    return wanted.stream()
        .map(position -> Optional.ofNullable(found.get(position)).orElseThrow())
        .toList();
  }

  private void show(List<Prediction> predictions, TokenNames names) {
    var out = spec.commandLine().getOut();
    if (json) {
      var list = new ArrayList<Map<String, Object>>();
      for (var prediction : predictions) {
        list.add(all ? logits(prediction) : candidates(prediction, names));
      }
      out.println(Json.text(Json.object("positions", list)));
      return;
    }
    for (var prediction : predictions) {
      if (predictions.size() > 1) {
        out.printf(Locale.ROOT, "after position %d%n", prediction.position());
      }
      for (var candidate : prediction.top(top)) {
        out.printf(
            Locale.ROOT,
            "%7.3f %%  %10.4f  %6d  %s%n",
            100 * candidate.probability(),
            candidate.logit(),
            candidate.id(),
            names.text(candidate.id()));
      }
    }
  }

  private static Map<String, Object> logits(Prediction prediction) {
    return Json.object("position", prediction.position(), "logits", prediction.logits());
  }

  private Map<String, Object> candidates(Prediction prediction, TokenNames names) {
    var list = new ArrayList<Map<String, Object>>();
    for (var candidate : prediction.top(top)) {
      list.add(
          Json.object(
              "id", candidate.id(),
              "piece", names.pieces().piece(candidate.id()),
              "probability", candidate.probability(),
              "logit", candidate.logit()));
    }
    return Json.object("position", prediction.position(), "top", list);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
