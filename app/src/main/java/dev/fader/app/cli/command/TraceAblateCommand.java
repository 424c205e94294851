package dev.fader.app.cli.command;

import dev.fader.app.cli.option.MeasureOptions;
import dev.fader.inspect.trace.Ablation;
import dev.fader.inspect.trace.Ablation.Loss;
import dev.fader.inspect.trace.TokenMeasure;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fader trace ablate`: what the prediction is without each part.
@Command(
    name = "ablate",
    customSynopsis = "fader trace ablate MODEL [TEXT] [--token TOKEN] [OPTION...]",
    description =
        "What the prediction of the next token is without each layer, branch and head: the text is"
            + " read once more for each.")
public final class TraceAblateCommand extends TracedText {
  @Mixin private MeasureOptions measures;

  @Option(
      names = "--by",
      paramLabel = "WHAT",
      description =
          "What stands in the place of a part: zero, or mean, that of all tokens of the text;"
              + " default zero.")
  private @Nullable String by;

  @Option(
      names = "--other",
      paramLabel = "TEXT",
      description = "Another text, whose numbers stand there instead; aligned at the end.")
  private @Nullable String other;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "How many parts are shown, those that matter most first; default 12.")
  private int top = 12;

  TraceAblateCommand() {}

  @Override
  void check() {
    requirePositive("--top", top);
    if (by != null && other != null) {
      throw misuse("--by and --other exclude each other: give one of them");
    }
    if (by != null && !by.equals("zero") && !by.equals("mean")) {
      throw misuse("--by is '%s', and must be zero or mean".formatted(by));
    }
  }

  private Ablation.Filling filling(Subject subject) {
    if (other != null) {
      return new Ablation.Filling.Other(tokens(subject, "--other", other));
    }
    return "mean".equals(by) ? new Ablation.Filling.Mean() : new Ablation.Filling.Zero();
  }

  @Override
  View look(Subject subject) {
    int[] ids = Arrays.copyOf(subject.ids(), position(subject, measures.position()) + 1);
    var asked = measures.measure(subject.opened(), subject.model(), ids, ids.length - 1);
    var ablation = Ablation.of(subject.model(), ids, asked, filling(subject));
    return new Shown(subject, asked, ablation, top);
  }

  private record Shown(Subject subject, TokenMeasure asked, Ablation ablation, int top)
      implements View {
    @Override
    public Map<String, Object> object() {
      return subject.view().of(asked, ablation);
    }

    @Override
    public void show(PrintWriter out) {
      out.printf(Locale.ROOT, "%s: %.4f; without%n", subject.names().of(asked), ablation.value());
      ablation.losses().stream()
          .sorted(Comparator.comparingDouble(loss -> -Math.abs(loss.value() - ablation.value())))
          .limit(top)
          .forEach(loss ->
              out.printf(
                  Locale.ROOT,
                  "%-24s  %10.4f  %+.4f%n",
                  name(loss),
                  loss.value(),
                  loss.value() - ablation.value()));
    }

    private static String name(Loss loss) {
      var layer = "layer " + loss.layer();
      return switch (loss.kind()) {
        case LAYER -> layer;
        case ATTENTION -> layer + ", attention";
        case FEED_FORWARD -> layer + ", feed-forward";
        case HEAD -> layer + ", head " + loss.head();
      };
    }
  }
}
