package dev.fader.app.cli.command;

import dev.fader.inspect.trace.AttentionMap;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `fader trace attention`: where a head looks.
@Command(
    name = "attention",
    customSynopsis = "fader trace attention MODEL [TEXT] --layer L --head H [OPTION...]",
    description =
        "Where one head looks: the tokens that each token attends to most. With --json, all of"
            + " them.")
public final class TraceAttentionCommand extends TracedText {
  @Option(
      names = "--layer",
      paramLabel = "L",
      required = true,
      description = "The layer, counted from 0.")
  private int layer;

  @Option(
      names = "--head",
      paramLabel = "H",
      required = true,
      description = "The head, counted from 0.")
  private int head;

  @Option(names = "--position", paramLabel = "P", description = "Only what this token attends to.")
  private @Nullable Integer position;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "How many tokens are shown for each; default 3.")
  private int top = 3;

  TraceAttentionCommand() {}

  @Override
  void check() {
    requirePositive("--top", top);
  }

  @Override
  View look(Subject subject) {
    var config = subject.model().config();
    requireNumber("--layer", layer, config.layers());
    requireNumber("--head", head, config.attention().heads());
    var map = AttentionMap.of(subject.model(), subject.ids(), layer, head);
    int first = position == null ? 0 : position(subject, OptionalInt.of(position));
    int end = position == null ? subject.ids().length : first + 1;
    return new Shown(subject, map, first, end, top);
  }

  private record Shown(Subject subject, AttentionMap map, int first, int end, int top)
      implements View {
    @Override
    public Map<String, Object> object() {
      return subject.view().of(subject.ids(), map, first, end);
    }

    @Override
    public void show(PrintWriter out) {
      out.printf("layer %d, head %d%n", map.layer(), map.head());
      for (int t = first; t < end; t++) {
        out.printf(
            Locale.ROOT, "%5d %-16s ->%s%n", t, subject.names().of(subject.ids()[t]), seen(t));
      }
    }

    private String seen(int t) {
      var weights = map.weights()[t];
      var text = new StringBuilder();
      IntStream.rangeClosed(0, t)
          .boxed()
          .sorted(Comparator.comparingDouble(from -> -weights[from]))
          .limit(top)
          .forEach(from ->
              text.append(
                  String.format(
                      Locale.ROOT,
                      "  %d %s %.1f%%",
                      from,
                      subject.names().of(subject.ids()[from]),
                      100 * weights[from])));
      if (map.sinks()[t] > 0) {
        text.append(String.format(Locale.ROOT, "  sink %.1f%%", 100 * map.sinks()[t]));
      }
      return text.toString();
    }
  }
}
