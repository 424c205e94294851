package dev.fader.app.cli.command;

import dev.fader.app.cli.option.MeasureOptions;
import dev.fader.inspect.trace.LogitAttribution;
import dev.fader.inspect.trace.LogitAttribution.Part;
import dev.fader.inspect.trace.TokenMeasure;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fader trace attribution`: what made a token likely.
@Command(
    name = "attribution",
    customSynopsis = "fader trace attribution MODEL [TEXT] [--token TOKEN] [OPTION...]",
    description =
        "Direct logit attribution: what the embedding, each head and each feed-forward network add"
            + " to the logit of the next token. The parts sum to the logit.")
public final class TraceAttributionCommand extends TracedText {
  @Mixin private MeasureOptions measures;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "How many parts are shown, the largest first; default 12.")
  private int top = 12;

  TraceAttributionCommand() {}

  @Override
  void check() {
    requirePositive("--top", top);
  }

  @Override
  View look(Subject subject) {
    int at = position(subject, measures.position());
    var asked = measures.measure(subject.opened(), subject.model(), subject.ids(), at);
    var attribution = LogitAttribution.of(subject.model(), subject.ids(), at, asked);
    return new Shown(subject, asked, attribution, at, top);
  }

  private record Shown(
      Subject subject, TokenMeasure asked, LogitAttribution attribution, int position, int top)
      implements View {
    @Override
    public Map<String, Object> object() {
      return subject.view().of(asked, position, attribution);
    }

    @Override
    public void show(PrintWriter out) {
      out.printf(
          Locale.ROOT,
          "%s after position %d: %.4f, the sum of %d parts%n",
          asked.against().isPresent()
              ? subject.names().of(asked)
              : "logit of " + subject.names().of(asked.token()),
          position,
          attribution.logit(),
          attribution.parts().size());
      attribution.parts().stream()
          .sorted(Comparator.comparingDouble(part -> -Math.abs(part.logit())))
          .limit(top)
          .forEach(part -> out.printf(Locale.ROOT, "%+10.4f  %s%n", part.logit(), name(part)));
    }

    private static String name(Part part) {
      return switch (part.source()) {
        case EMBEDDING -> "embedding";
        case HEAD -> "layer %d, head %d".formatted(part.layer(), part.head());
        case ATTENTION_BIAS -> "layer %d, bias of attention".formatted(part.layer());
        case FEED_FORWARD -> "layer %d, feed-forward".formatted(part.layer());
        case NORM_BIAS -> "layer %d, bias of a norm".formatted(part.layer());
      };
    }
  }
}
