package dev.fader.app.cli.command;

import dev.fader.app.cli.option.Caches;
import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.ExistingOut;
import dev.fader.app.cli.option.OptionalCorpus;
import dev.fader.app.cli.option.TextRules;
import dev.fader.app.cli.report.TextQualityReport;
import dev.fader.data.quality.DataCleaning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader data clean`: the texts that no rule speaks against.
@Command(
    name = "clean",
    sortOptions = false,
    customSynopsis = "fader data clean --data DATA --out FILE.jsonl [--against DATA] [OPTION...]",
    description = {
      "Copies texts that are not repeated, not nearly repeated, do not repeat themselves and are long"
          + " enough, to a file that train reads. What was left out is listed beside it, in"
          + " FILE.removed.jsonl, a line each: where it stands, why, and which earlier text it is like."
    })
public final class DataCleanCommand implements Callable<Integer> {
  private static final String LINES = ".jsonl";

  @Spec private CommandSpec spec;

  @Mixin private DataOptions data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE.jsonl",
      description = "Where the texts go.")
  private Path out;

  @Mixin private ExistingOut existing;

  @Option(
      names = "--against",
      paramLabel = "DATA",
      description = "Texts that none of them may share a passage of thirteen words with.")
  private List<String> against = List.of();

  @Mixin private TextRules rules;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  DataCleanCommand() {}

  @Override
  public Integer call() throws IOException {
    var name = String.valueOf(out.getFileName());
    if (!name.endsWith(LINES)) {
      throw new ParameterException(
          spec.commandLine(),
          "--out %s must end in .jsonl: each text becomes a line of it".formatted(out));
    }
    var wrong = rules.rules();
    var list =
        out.resolveSibling(name.substring(0, name.length() - LINES.length()) + ".removed.jsonl");
    for (var written : List.of(out, list)) {
      requireNotRead(written, data.names());
      requireNotRead(written, against);
      existing.check(written);
    }
    try (var corpus = data.open(Caches.data(), line -> {});
        var others = new OptionalCorpus(data, against, Caches.data(), line -> {})) {
      var files = new DataCleaning.Files(corpus, others.corpus(), out, list);
      var unreadable = new UnreadableTexts(spec);
      report(DataCleaning.of(files, wrong, unreadable), list);
      unreadable.finish();
    }
    return 0;
  }

  private void requireNotRead(Path written, List<String> names) throws IOException {
    for (var source : names) {
      var read = Path.of(source).toAbsolutePath().normalize();
      boolean same = Files.isRegularFile(read) && ExistingOut.isOrHolds(written, read);
      if (same
          || (Files.isDirectory(read) && written.toAbsolutePath().normalize().startsWith(read))) {
        throw new ParameterException(
            spec.commandLine(),
            "%s, which would be written, is read as well: choose another --out".formatted(written));
      }
    }
  }

  private void report(DataCleaning cleaning, Path list) {
    var writer = spec.commandLine().getOut();
    if (json) {
      TextQualityReport.object(cleaning, writer);
    } else {
      TextQualityReport.lines(cleaning, writer);
      writer.printf("the texts are in %s, what was left out is listed in %s%n", out, list);
    }
  }
}
