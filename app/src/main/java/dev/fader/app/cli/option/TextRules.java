package dev.fader.app.cli.option;

import dev.fader.data.quality.Rules;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Which texts are wrong, as far as the user says.
public final class TextRules {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--similar",
      paramLabel = "R",
      description =
          "The least resemblance of texts that count as nearly the same: the share of runs of five words"
              + " that both have; default ${DEFAULT-VALUE}, 2 for none. Finding them takes 3 KB of memory for each text.")
  private double similar = Rules.USUAL.similar();

  @Option(
      names = "--min-words",
      paramLabel = "N",
      description = "Words of a text, at least; default ${DEFAULT-VALUE}.")
  private long leastWords = Rules.USUAL.leastWords();

  @Option(
      names = "--max-repetition",
      paramLabel = "R",
      description =
          "How many times smaller a text may become when it is compressed; default ${DEFAULT-VALUE}.")
  private double mostRepetition = Rules.USUAL.mostRepetition();

  @Option(
      names = "--languages",
      split = ",",
      paramLabel = "LANGUAGE",
      description =
          "The languages of texts, as en,de; unknown for those of which none was guessed.")
  private Set<String> languages = Set.of();

  TextRules() {}

  /// What was asked.
  ///
  /// @throws ParameterException if a number is out of range
  public Rules rules() {
    try {
      return new Rules(similar, leastWords, mostRepetition, languages);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(
          command.commandLine(), String.valueOf(wrong.getMessage()), wrong);
    }
  }
}
