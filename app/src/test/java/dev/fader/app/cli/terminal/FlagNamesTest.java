package dev.fader.app.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.train.TrainingException;
import dev.fader.train.recipe.Hyperparameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FlagNamesTest {
  @ParameterizedTest
  @EnumSource
  void everyHyperparameterIsAnOptionOfTrain(Hyperparameter hyperparameter) {
    var options =
        Pattern.compile("--([a-z0-9-]+)=")
            .matcher(CommandLineRun.of("train", "--help").out())
            .results()
            .map((MatchResult match) -> match.group(1))
            .collect(Collectors.toSet());
    assertTrue(options.contains(FlagNames.of(hyperparameter.field())), options.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          `heads` 3 do not divide `width` 16 | --heads 3 do not divide --dim 16
          choose another `output`            | choose another --out
          `preset` and `initialModel`        | --preset and --init
          leave out `somethingElse`          | leave out `somethingElse`
          a `check` of the `budget`          | a `check` of the `budget`
          heads and width                    | heads and width
          """)
  void fieldsInBackticksBecomeFlags(String message, String expected) {
    assertEquals(expected, FlagNames.in(message));
  }

  /// A template comes from a stranger: what it raises is printed as it stands.
  @Test
  void wordsOfTemplatesStay(@TempDir Path folder) throws IOException {
    assertEquals("give --seed", Failures.message(new TrainingException("give `seed`")));
    var template =
        Files.writeString(
            folder.resolve("raising.jinja"), "{{ raise_exception('give `seed`, not `width`') }}");
    var messages = Files.writeString(folder.resolve("messages.json"), "[]");
    var raised = CommandLineRun.ofLine("render %s --messages %s", template, messages);
    assertEquals(1, raised.exit());
    assertTrue(raised.err().contains("give `seed`, not `width`"), raised.err());
  }
}
