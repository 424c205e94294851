package dev.fader.app.cli.command;

import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.app.cli.terminal.ScreenWidth;
import dev.fader.data.Corpus;
import java.util.Locale;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;

/// Names on standard error what a command that looks at texts leaves out, as it cannot be read.
final class UnreadableTexts implements Consumer<Corpus.Broken> {
  /// Of a file that is all wrong, a few lines show how.
  private static final int MOST_NAMED = 20;

  private final CommandSpec spec;
  private long count;

  UnreadableTexts(CommandSpec spec) {
    this.spec = spec;
  }

  @Override
  public void accept(Corpus.Broken document) {
    if (count++ < MOST_NAMED) {
      var problem = document.problem().getMessage();
      say(
          document.rest()
              ? "left out all behind %s: %s".formatted(document.place(), problem)
              : "left out: " + problem);
    }
  }

  /// How many there were, if there were any.
  void finish() {
    if (count > 0) {
      say(
          String.format(
              Locale.ROOT,
              "%,d %s could not be read, and %s left out%s",
              count,
              count == 1 ? "document" : "documents",
              count == 1 ? "was" : "were",
              count > MOST_NAMED ? "; the first %d are named above".formatted(MOST_NAMED) : ""));
    }
  }

  private void say(String line) {
    var err = spec.commandLine().getErr();
    ScreenWidth.lines(FlagNames.in(line)).forEach(err::println);
    err.flush();
  }
}
