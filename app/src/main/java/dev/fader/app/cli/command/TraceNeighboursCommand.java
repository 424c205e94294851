package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.NamedToken;
import dev.fader.app.cli.report.TokenNames;
import dev.fader.app.view.Json;
import dev.fader.app.view.TokenChoice;
import dev.fader.app.view.TraceView;
import dev.fader.inspect.trace.EmbeddingNeighbours;
import dev.fader.inspect.trace.TracedModel;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader trace neighbours`: tokens with similar embeddings.
@Command(
    name = "neighbours",
    aliases = "neighbors",
    customSynopsis = "fader trace neighbours MODEL TOKEN [OPTION...]",
    description = "The tokens whose embeddings are nearest to that of one token, by cosine.")
public final class TraceNeighboursCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;

  @Parameters(
      index = "1",
      paramLabel = "TOKEN",
      description = "The token: " + TokenChoice.FORMS + ".")
  private String token = "";

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "How many neighbours are shown; default 10.")
  private int top = 10;

  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  TraceNeighboursCommand() {}

  @Override
  public Integer call() throws IOException {
    if (top < 1) {
      throw new ParameterException(
          spec.commandLine(), "--top is %d, and must be at least 1".formatted(top));
    }
    try (var engine = engineOptions.open();
        var opened = model.open(engine)) {
      int id = NamedToken.of(spec, opened, "TOKEN", token);
      int shown = Math.min(top, opened.config().vocabularySize());
      var found = EmbeddingNeighbours.of(new TracedModel(opened, engine), id, shown);
      show(found, new TokenNames(opened.tokenizer()));
    }
    return 0;
  }

  private void show(EmbeddingNeighbours found, TokenNames names) {
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.text(new TraceView(names.pieces()).of(found)));
      return;
    }
    for (var neighbour : found.neighbours()) {
      out.printf(
          Locale.ROOT,
          "%8.4f  %6d  %s%n",
          neighbour.cosine(),
          neighbour.id(),
          names.of(neighbour.id()));
    }
  }
}
