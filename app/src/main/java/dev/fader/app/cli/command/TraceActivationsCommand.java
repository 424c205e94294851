package dev.fader.app.cli.command;

import dev.fader.app.view.TraceView;
import dev.fader.inspect.trace.SiteStatistics;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;

/// `fader trace activations`: the numbers that flow.
@Command(
    name = "activations",
    customSynopsis = "fader trace activations MODEL [TEXT] [OPTION...]",
    description =
        "The numbers that flow at each site of each layer: mean, deviation, norm of a token, the"
            + " largest and where it is, the share of zeros.")
public final class TraceActivationsCommand extends TracedText {
  TraceActivationsCommand() {}

  @Override
  View look(Subject subject) {
    return new Shown(SiteStatistics.of(subject.model(), subject.ids()));
  }

  private record Shown(List<SiteStatistics> sites) implements View {
    @Override
    public Map<String, Object> object() {
      return TraceView.of(sites);
    }

    @Override
    public void show(PrintWriter out) {
      out.printf(
          "%5s  %-12s  %7s  %10s  %10s  %10s  %10s  %-14s  %6s%n",
          "layer",
          "site",
          "columns",
          "mean",
          "deviation",
          "norm",
          "largest",
          "token, column",
          "zeros");
      for (var of : sites) {
        out.printf(
            Locale.ROOT,
            "%5d  %-12s  %7d  %10.3g  %10.4g  %10.4g  %10.4g  %-14s  %5.1f%%%s%n",
            of.place().layer(),
            of.place().site().name().toLowerCase(Locale.ROOT),
            of.columns(),
            of.mean(),
            of.deviation(),
            of.norm(),
            of.largest(),
            of.largestPosition() + ", " + of.largestColumn(),
            100 * of.zeros(),
            of.notFinite() == 0 ? "" : "  %d not finite".formatted(of.notFinite()));
      }
    }
  }
}
