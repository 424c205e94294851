package dev.fader.app.cli.command;

import dev.fader.app.cli.option.MeasureOptions;
import dev.fader.inspect.trace.Sensitivity;
import dev.fader.inspect.trace.Sensitivity.Dial;
import dev.fader.inspect.trace.TokenMeasure;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fader trace sensitivity`: which gains matter.
@Command(
    name = "sensitivity",
    customSynopsis = "fader trace sensitivity MODEL [TEXT] [--token TOKEN] [OPTION...]",
    description =
        "How much the log probability of the next token would grow with the gain of each layer,"
            + " branch, head and expert, and with each token of the text: gradients, by one backward"
            + " pass.")
public final class TraceSensitivityCommand extends TracedText {
  @Mixin private MeasureOptions measures;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "How many gains and tokens are shown; default 10.")
  private int top = 10;

  TraceSensitivityCommand() {}

  @Override
  void check() {
    requirePositive("--top", top);
  }

  @Override
  View look(Subject subject) {
    int at = position(subject, measures.position());
    var asked = measures.measure(subject.opened(), subject.model(), subject.ids(), at);
    var sensitivity = Sensitivity.of(subject.model(), subject.ids(), at, asked);
    return new Shown(subject, asked, sensitivity, top);
  }

  private record Shown(Subject subject, TokenMeasure asked, Sensitivity sensitivity, int top)
      implements View {
    @Override
    public Map<String, Object> object() {
      return subject.view().of(asked, sensitivity);
    }

    @Override
    public void show(PrintWriter out) {
      out.printf(
          Locale.ROOT,
          "%s: %.4f; by how much it grows with a gain:%n",
          subject.names().of(asked),
          sensitivity.value());
      sensitivity.dials().stream()
          .sorted(Comparator.comparingDouble(dial -> -Math.abs(dial.slope())))
          .limit(top)
          .forEach(dial -> out.printf(Locale.ROOT, "%+10.4f  %s%n", dial.slope(), name(dial)));
      out.println("with a token, gradient times input:");
      sensitivity.tokens().stream()
          .sorted(Comparator.comparingDouble(token -> -Math.abs(token.slope())))
          .limit(top)
          .forEach(token ->
              out.printf(
                  Locale.ROOT,
                  "%+10.4f  %d %s%n",
                  token.slope(),
                  token.position(),
                  subject.names().of(token.id())));
    }

    private static String name(Dial dial) {
      var layer = "layer " + dial.layer();
      return switch (dial.kind()) {
        case LAYER -> layer;
        case ATTENTION -> layer + ", attention";
        case FEED_FORWARD -> layer + ", feed-forward";
        case HEAD -> layer + ", head " + dial.index();
        case QUERIES -> layer + ", queries";
        case VALUES -> layer + ", values";
        case EXPERT -> layer + ", expert " + dial.index();
      };
    }
  }
}
