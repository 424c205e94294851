package dev.fader.app.cli.command;

import dev.fader.app.cli.option.MeasureOptions;
import dev.fader.app.cli.option.NamedChoice;
import dev.fader.inspect.trace.Patching;
import dev.fader.inspect.trace.TokenMeasure;
import dev.fader.model.Site;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fader trace patch`: where the difference between two texts is.
@Command(
    name = "patch",
    customSynopsis = "fader trace patch MODEL TEXT --from TEXT [--token TOKEN] [OPTION...]",
    description = {
      "Activation patching: TEXT is read with what another text has in one place, and the prediction"
          + " of its next token is compared. 100 means that this place makes all of the difference"
          + " between the texts, 0 none of it.",
      "Texts should be alike but for what is looked for; they are aligned at their ends."
    })
public final class TracePatchCommand extends TracedText {
  /// Where numbers are put.
  enum Place {
    RESIDUAL,
    ATTENTION,
    FEED_FORWARD,
    HEADS
  }

  @Mixin private MeasureOptions measures;

  @Option(
      names = "--from",
      paramLabel = "TEXT",
      required = true,
      description = "The text whose numbers are put into the other; also ids:1,2,...")
  private String from = "";

  @Option(
      names = "--site",
      paramLabel = "SITE",
      description =
          "residual, attention or feed-forward, by layer and position, or heads, by layer and head;"
              + " default residual.")
  private String site = "residual";

  TracePatchCommand() {}

  @Override
  void check() {
    place();
  }

  private Place place() {
    return NamedChoice.of(spec(), Place.class, "--site", site).orElse(Place.RESIDUAL);
  }

  @Override
  View look(Subject subject) {
    int dropped = subject.last() - position(subject, measures.position());
    int[] source = cut(tokens(subject, "--from", from), dropped);
    var asked = measures.measure(subject.opened(), subject.model(), source, source.length - 1);
    var texts = new Patching.Texts(source, cut(subject.ids(), dropped));
    var model = subject.model();
    var grid =
        switch (place()) {
          case RESIDUAL -> Patching.ofPositions(model, texts, Site.RESIDUAL, asked);
          case ATTENTION -> Patching.ofPositions(model, texts, Site.ATTENTION, asked);
          case FEED_FORWARD -> Patching.ofPositions(model, texts, Site.FEED_FORWARD, asked);
          case HEADS -> Patching.ofHeads(model, texts, asked);
        };
    return new Shown(subject, texts, asked, grid);
  }

  /// Both texts end with the token whose prediction is asked for.
  private int[] cut(int[] ids, int dropped) {
    if (dropped >= ids.length) {
      throw misuse(
          "--from has %d tokens, and none is left without the last %d that stand behind --position"
              .formatted(ids.length, dropped));
    }
    return Arrays.copyOf(ids, ids.length - dropped);
  }

  private record Shown(Subject subject, Patching.Texts texts, TokenMeasure asked, Patching grid)
      implements View {
    @Override
    public Map<String, Object> object() {
      return subject.view().of(texts.target(), asked, grid);
    }

    /// One line a position or head, one column a layer: texts grow longer than models are deep.
    @Override
    public void show(PrintWriter out) {
      out.printf(
          Locale.ROOT,
          "%s: %.4f after the text that numbers come from, %.4f after this one%n",
          subject.names().of(asked),
          grid.source(),
          grid.target());
      if (grid.source() == grid.target()) {
        out.println("both texts answer alike: there is no difference to find");
        return;
      }
      boolean heads = grid.site() == Site.HEADS;
      out.printf("%% of the difference, by %s and layer%n", heads ? "head" : "position");
      out.printf("%-22s", "");
      for (int layer = 0; layer < grid.values().length; layer++) {
        out.printf(" %5d", layer);
      }
      out.println();
      int lines = heads ? grid.values()[0].length : texts.target().length;
      for (int line = 0; line < lines; line++) {
        out.printf(
            "%-22s",
            heads ? "head " + line : line + " " + subject.names().of(texts.target()[line]));
        for (int layer = 0; layer < grid.values().length; layer++) {
          out.printf(Locale.ROOT, " %5.0f", 100 * grid.share(layer, line));
        }
        out.println();
      }
    }
  }
}
