package dev.fader.app.cli.report;

import dev.fader.sweep.SweepResult;
import dev.fader.sweep.SweepVerdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The report of a sweep as one page without scripts, which opens from disk: what was found in
/// words, losses by size and by budget as drawings, and all runs.
///
/// @param checks the larger run, if there was one
/// @param wanted the budget that was predicted for
/// @param sentences what was found
record SweepPage(
    SweepVerdict verdict, List<SweepResult> checks, double wanted, List<String> sentences) {
  String html() {
    var body = new StringBuilder();
    sentences.forEach(line -> body.append("<p>").append(PageText.escaped(line)).append("</p>\n"));
    for (var drawing : SweepDrawing.of(verdict, checks, wanted)) {
      body.append("<h2>").append(PageText.escaped(drawing.title())).append("</h2>\n");
      body.append(drawing.svg());
    }
    body.append("<h2>Runs</h2>\n").append(table());
    return PageText.page("How much is enough", body.toString());
  }

  private String table() {
    var rows = new StringBuilder();
    var all = new ArrayList<>(verdict.results());
    all.addAll(checks);
    for (var run : all) {
      rows.append(
          String.format(
              Locale.ROOT,
              "<tr><td>%s</td><td>%s</td><td>%d</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>%n",
              PageText.escaped(run.name()),
              run.purpose().title(),
              run.layers(),
              SweepReport.scaled((double) run.parameters()),
              SweepReport.scaled(run.size()),
              SweepReport.scaled(run.tokens()),
              run.isWhole() ? String.format(Locale.ROOT, "%.4f", run.loss()) : "diverged"));
    }
    return "<table><tr><th>run</th><th>purpose</th><th>layers</th><th>parameters</th><th>size</th>"
        + "<th>tokens</th><th>loss</th></tr>\n"
        + rows
        + "</table>\n<p>Size is the arithmetic of training for each token, divided by six: the parameters"
        + " that a token is multiplied with, and its part of attention.</p>\n";
  }
}
