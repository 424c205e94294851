package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Messages to recipients, as Functionary 3.2 writes them.
final class RecipientCallsTest {
  private static final String TEMPLATE = "{{ '>>>all\\n' }}";
  private static final ParsedAnswers FUNCTIONARY =
      new ParsedAnswers(TEMPLATE, "{\"weather\": {}, \"time\": {}}");

  @Test
  void eachMessageHasARecipient() {
    assertEquals(
        new Answer("It rains.\n>>> print(1)\nand\n>>>so\n", "", List.of()),
        FUNCTIONARY.whole("all\nIt rains.\n>>> print(1)\nand\n>>>so\n"));
    var answer = FUNCTIONARY.whole("all\nI look.\n>>>weather\n{\"a\": \">>>time\\n\"}>>>time\n{}");
    assertEquals(
        List.of("weather {\"a\": \">>>time\\n\"}", "time {}"), ParsedAnswers.calls(answer));
    assertEquals("I look.", answer.content());
    assertEquals(
        List.of("weather {\"b\": 1}"),
        ParsedAnswers.calls(FUNCTIONARY.whole("weather\n{\"b\": 1}")));
  }

  @Test
  void whatIsNoRecipientIsContent() {
    for (var text : List.of("Hello", "Hello\nyou", "no tool\n{}", "sunset\n{}")) {
      assertEquals(new Answer(text, "", List.of()), FUNCTIONARY.whole(text));
    }
    assertEquals(new Answer("", "", List.of()), FUNCTIONARY.cut("al"));
    assertEquals(new Answer("It", "", List.of()), FUNCTIONARY.cut("all\nIt>>"));
  }

  @Test
  void theRecipientIsNoContentWithoutToolsEither() {
    var parser = AnswerFormat.of(TEMPLATE).parser(Optional.empty(), false, new Random(1));
    var parts = new ArrayList<>(parser.accept("all\nIt rains. >>>weather\n{}"));
    parts.addAll(parser.finish(false));
    assertEquals(new Answer("It rains. >>>weather\n{}", "", List.of()), Answer.of(parts));
  }
}
