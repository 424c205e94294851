package dev.fader.app.cli.command;

import dev.fader.app.cli.option.Caches;
import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.OptionalCorpus;
import dev.fader.app.cli.option.TextRules;
import dev.fader.app.cli.report.TextQualityReport;
import dev.fader.data.quality.DataReport;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fader data report`: what texts are like.
@Command(
    name = "report",
    sortOptions = false,
    customSynopsis = "fader data report --data DATA [--against DATA] [OPTION...]",
    description =
        "Counts texts that repeat others or nearly do, that repeat themselves, that are short, their"
            + " languages and lengths, and passages that they share with other texts.")
public final class DataReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private DataOptions data;

  @Option(
      names = "--against",
      paramLabel = "DATA",
      description =
          "Texts that --data should share no passage of thirteen words with, such as a benchmark or what"
              + " a model is validated with.")
  private List<String> against = List.of();

  @Mixin private TextRules rules;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  DataReportCommand() {}

  @Override
  public Integer call() {
    var wrong = rules.rules();
    try (var corpus = data.open(Caches.data(), line -> {});
        var others = new OptionalCorpus(data, against, Caches.data(), line -> {})) {
      var unreadable = new UnreadableTexts(spec);
      report(DataReport.of(corpus, others.corpus(), wrong, unreadable));
      unreadable.finish();
    }
    return 0;
  }

  private void report(DataReport report) {
    var out = spec.commandLine().getOut();
    if (json) {
      TextQualityReport.object(report, out);
    } else {
      TextQualityReport.lines(report, out);
    }
  }
}
