package dev.fader.app.cli.command;

import dev.fader.app.cli.option.NamedToken;
import dev.fader.app.view.TokenChoice;
import dev.fader.inspect.trace.LogitLens;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `fader trace lens`: what each layer would say.
@Command(
    name = "lens",
    customSynopsis = "fader trace lens MODEL [TEXT] [OPTION...]",
    description =
        "The logit lens: what the model would predict if its layers ended earlier, and how probable"
            + " the token already is that it predicts in the end.")
public final class TraceLensCommand extends TracedText {
  private static final double NATS_IN_A_BIT = Math.log(2);

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "How many tokens each layer shows; default 3.")
  private int top = 3;

  @Option(
      names = "--positions",
      paramLabel = "P",
      split = ",",
      description = "After which tokens, counted from 0; the last if not given.")
  private @Nullable List<Integer> positions;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description =
          "The token that is followed: "
              + TokenChoice.FORMS
              + "; that which is most probable in"
              + " the end if not given.")
  private @Nullable String token;

  TraceLensCommand() {}

  @Override
  void check() {
    requirePositive("--top", top);
  }

  @Override
  View look(Subject subject) {
    int[] wanted =
        positions == null
            ? new int[] {subject.last()}
            : positions.stream()
                .mapToInt(some -> position(subject, OptionalInt.of(some)))
                .toArray();
    var target =
        token == null
            ? OptionalInt.empty()
            : OptionalInt.of(NamedToken.of(spec(), subject.opened(), "--token", token));
    int shown = Math.min(top, subject.model().config().vocabularySize());
    var question = new LogitLens.Question(wanted, shown, target);
    return new Shown(subject, LogitLens.of(subject.model(), subject.ids(), question));
  }

  private record Shown(Subject subject, LogitLens lens) implements View {
    @Override
    public Map<String, Object> object() {
      return subject.view().of(subject.ids(), lens);
    }

    @Override
    public void show(PrintWriter out) {
      for (var column : lens.columns()) {
        out.printf(
            Locale.ROOT,
            "after position %d, %s: how far %s has come%n",
            column.position(),
            subject.names().of(subject.ids()[column.position()]),
            subject.names().of(column.target()));
        out.printf(
            "%-9s  %9s  %6s  %8s  %s%n", "behind", "probab.", "rank", "KL bits", "most probable");
        for (var reading : column.readings()) {
          out.printf(
              Locale.ROOT,
              "%-9s  %7.3f %%  %6d  %8.3f  %s%n",
              reading.layers() == 0 ? "embedding" : "layer " + (reading.layers() - 1),
              100 * reading.probability(),
              reading.rank(),
              reading.divergence() / NATS_IN_A_BIT,
              candidates(reading));
        }
      }
    }

    private String candidates(LogitLens.Reading reading) {
      var text = new StringBuilder();
      for (var candidate : reading.top()) {
        text.append(text.isEmpty() ? "" : "  ")
            .append(subject.names().of(candidate.id()))
            .append(String.format(Locale.ROOT, " %.1f%%", 100 * candidate.probability()));
      }
      return text.toString();
    }
  }
}
