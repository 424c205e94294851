package dev.fader.app.cli.report;

import dev.fader.sweep.lab.Finding;
import java.util.List;
import java.util.Locale;

/// What an experiment found, as one page that opens from disk.
final class LabPage {
  private LabPage() {}

  static String html(String name, String drawing, List<String> sentences, List<Finding> findings) {
    var body = new StringBuilder(drawing);
    sentences.forEach(line -> body.append("<p>").append(PageText.escaped(line)).append("</p>\n"));
    body.append(
        "<table><tr><th>condition</th><th>parameters</th><th>times read</th><th>loss of what it read</th>"
            + "<th>loss of what it did not</th><th>95 %</th></tr>\n");
    for (var finding : findings) {
      var interval = finding.interval();
      var run = finding.runs().getFirst();
      body.append(
          String.format(
              Locale.ROOT,
              "<tr><td>%s</td><td>%,d</td><td>%.1f</td><td>%.4f</td><td>%.4f</td><td>%s</td></tr>%n",
              PageText.escaped(LabReport.name(finding)),
              run.parameters(),
              finding.epochs(),
              finding.trainingLoss(),
              finding.loss(),
              Double.isFinite(interval.low())
                  ? String.format(Locale.ROOT, "%.4f to %.4f", interval.low(), interval.high())
                  : "one seed"));
    }
    return PageText.page("Experiment: " + name, body.append("</table>\n").toString());
  }
}
