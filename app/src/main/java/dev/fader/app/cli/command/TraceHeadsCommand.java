package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.MixOption;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.view.Json;
import dev.fader.app.view.TraceView;
import dev.fader.inspect.trace.HeadRoles;
import dev.fader.inspect.trace.HeadRoles.Head;
import dev.fader.inspect.trace.HeadRoles.Name;
import dev.fader.inspect.trace.TracedModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fader trace heads`: what heads do, by test.
@Command(
    name = "heads",
    customSynopsis = "fader trace heads MODEL [OPTION...]",
    description =
        "Which heads copy (induction heads), which look at the token before, at the same token or"
            + " at the first: the model reads random tokens twice, and where heads look on average"
            + " is measured.")
public final class TraceHeadsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;
  @Mixin private AdapterOptions adapters;
  @Mixin private MixOption mix;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--seed", paramLabel = "N", description = "Of the random tokens; default 1.")
  private long seed = 1;

  @Option(
      names = "--all",
      description = "Every head with its scores, not only those that have a name.")
  private boolean all;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  TraceHeadsCommand() {}

  @Override
  public Integer call() throws IOException {
    try (var engine = engineOptions.open();
        var base = model.open(engine);
        var opened = adapters.beside(base, mix.read(), engine)) {
      var roles = HeadRoles.of(new TracedModel(opened, engine), seed);
      var out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.text(TraceView.of(seed, roles)));
      } else {
        show(roles, out);
      }
    }
    return 0;
  }

  private void show(HeadRoles roles, PrintWriter out) {
    out.printf(
        "%5s  %4s  %9s  %9s  %9s  %9s  %9s  %s%n",
        "layer", "head", "previous", "induction", "duplicate", "first", "current", "name");
    int shown = 0;
    for (var head : roles.heads()) {
      if (all || !head.names().isEmpty()) {
        shown++;
        show(head, out);
      }
    }
    if (shown == 0) {
      out.printf(
          Locale.ROOT,
          "no head looks at one of these places by %.0f %% on average: --all shows all%n",
          100 * HeadRoles.NAMED);
    }
  }

  private static void show(Head head, PrintWriter out) {
    var scores = new ArrayList<Object>();
    scores.add(head.layer());
    scores.add(head.head());
    for (var name : Name.values()) {
      scores.add(100 * head.score(name));
    }
    scores.add(String.join(", ", head.names().stream().map(TraceView::words).toList()));
    out.printf(
        Locale.ROOT,
        "%5d  %4d  %7.1f %%  %7.1f %%  %7.1f %%  %7.1f %%  %7.1f %%  %s%n",
        scores.toArray());
  }
}
