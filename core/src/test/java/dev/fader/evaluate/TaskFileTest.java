package dev.fader.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskFileTest {
  private static List<TaskItem> read(String text) {
    return read(text, Integer.MAX_VALUE);
  }

  private static List<TaskItem> read(String text, int most) {
    try {
      return TaskFile.read("items.jsonl", new BufferedReader(new StringReader(text)), most);
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static TaskItem.Answer answer(String line) {
    return assertInstanceOf(TaskItem.Answer.class, read(line).getFirst());
  }

  private static TaskItem.Choice choice(String line) {
    return assertInstanceOf(TaskItem.Choice.class, read(line).getFirst());
  }

  @Test
  void textsAreGoneOnFromAsTheyAre() {
    for (var field : List.of("prompt", "context")) {
      var item = answer("{\"%s\": \"2 + 2 = \", \"answer\": 4}".formatted(field));
      assertEquals(new TaskPrompt.Text("2 + 2 = "), item.prompt());
      assertEquals(List.of("4"), item.references());
      assertEquals("items.jsonl:1", item.place());
    }
  }

  @Test
  void whatAModelIsTunedWithIsARequest() {
    var item = answer("{\"prompt\": \"Hi\", \"completion\": \"Hello\"}");
    assertEquals(new TaskPrompt.Request("Hi"), item.prompt());
    assertEquals(List.of("Hello"), item.references());
  }

  @Test
  void questionsHaveALineForTheAnswer() {
    var alone = answer("{\"question\": \"Who?\", \"answers\": [\"A\", \"B\"]}");
    assertEquals(
        "Question: Who?\nAnswer:",
        assertInstanceOf(TaskPrompt.Question.class, alone.prompt()).text());
    assertEquals(List.of("A", "B"), alone.references());
    var behind =
        answer("{\"context\": \"It was A.\", \"question\": \"Who?\", \"reference\": \"A\"}");
    assertEquals(
        "It was A.\nQuestion: Who?\nAnswer:",
        assertInstanceOf(TaskPrompt.Question.class, behind.prompt()).text());
  }

  @Test
  void answersOfSquadAreRead() {
    var item =
        answer("{\"question\": \"Who?\", \"answers\": {\"text\": [\"A\"], \"answer_start\": [7]}}");
    assertEquals(List.of("A"), item.references());
  }

  @Test
  void theLastMessageOfTheAssistantIsTheReference() {
    var messages =
        "\"messages\": [{\"role\": \"system\", \"content\": \"Be brief.\"}, {\"role\": \"user\","
            + " \"content\": \"Hi\"}%s]";
    var said =
        answer(
            "{" + messages.formatted(", {\"role\": \"assistant\", \"content\": \"Hello\"}") + "}");
    var chat = assertInstanceOf(TaskPrompt.Chat.class, said.prompt());
    assertEquals(2, chat.conversation().messages().size());
    assertEquals(true, chat.conversation().addGenerationPrompt());
    assertEquals(List.of("Hello"), said.references());
    var given = answer("{" + messages.formatted("") + ", \"completion\": \"Hey\"}");
    assertEquals(
        2,
        assertInstanceOf(TaskPrompt.Chat.class, given.prompt()).conversation().messages().size());
    assertEquals(List.of("Hey"), given.references());
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "\"B\", 1", "\"no\", 1", "\"C\", 2", "\"A\", 3", "0, 0"})
  void theRightChoiceIsNamedByNumberTextOrLetter(String answer, int right) {
    var item =
        choice(
            "{\"context\": \"x\", \"choices\": [\"yes\", \"no\", \"maybe\", \"A\"], \"answer\": %s}"
                .formatted(answer));
    assertEquals(right, item.right());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      value = {
        "\"prompt\": \"It is\"| \"yes\"| ~ ~",
        "\"prompt\": \"It is \"| \"yes\"| ~~",
        "\"prompt\": \"It is\"| \" yes\"| ~~",
        "\"prompt\": \"\"| \"yes\"| ~ ~",
        "\"question\": \"Is it?\"| \"yes\"| ~ ~",
        "\"messages\": [{\"role\": \"user\"}]| \"yes\"| ~~",
        "\"delimiter\": \": \", \"prompt\": \"It is\"| \"yes\"| ~: ~"
      },
      delimiter = '|')
  void aSpaceStandsBeforeChoicesThatHaveNone(String fields, String choice, String delimiter) {
    var item = choice("{%s, \"choices\": [%s, \" no\"], \"answer\": 0}".formatted(fields, choice));
    assertEquals(delimiter, item.delimiter());
    assertEquals(
        List.of(delimiter + item.choices().get(0), delimiter + " no"), item.continuations());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[1]| not a JSON object",
        "{\"prompt\": \"x\" \"answer\"}| broken JSON: Unexpected character ('\"' (code 34)): was"
            + " expecting comma to separate Object entries",
        "{\"answer\": \"x\"}| nothing is asked: give \"prompt\", \"question\", \"context\" (texts) or"
            + " \"messages\"",
        "{\"prompt\": \"x\", \"question\": \"y\", \"answer\": \"z\"}| \"question\" and \"prompt\":"
            + " give one of them",
        "{\"prompt\": \"x\", \"context\": \"y\", \"answer\": \"z\"}| \"prompt\" and \"context\": give"
            + " one of them, or \"question\" and \"context\"",
        "{\"prompt\": 1, \"answer\": \"z\"}| \"prompt\" is not a text",
        "{\"prompt\": \"x\"}| it is not said what would be right: give \"answer\", \"completion\" or"
            + " \"reference\" (a text), or \"answers\" or \"references\" (a list)",
        "{\"prompt\": \"x\", \"answer\": \"y\", \"completion\": \"y\"}| \"answer\" and"
            + " \"completion\": give one of them",
        "{\"prompt\": \"x\", \"answers\": []}| \"answers\" is empty: give at least one text",
        "{\"prompt\": \"x\", \"answers\": [\"a\", null]}| \"answers\" has null at 1, not a text",
        "{\"messages\": [{\"content\": \"x\"}], \"answer\": \"y\"}| messages[0]: a message is an"
            + " object with a role, such as {\"role\": \"user\", ...}",
        "{\"prompt\": \"x\", \"choices\": [\"a\"], \"answer\": 0}| \"choices\" is not a list of at"
            + " least two texts",
        "{\"prompt\": \"x\", \"choices\": [\"a\", \"\"], \"answer\": 0}| \"choices\" is not a list of"
            + " at least two texts",
        "{\"prompt\": \"x\", \"choices\": [\"a\", \"b\"]}| \"answer\" is missing: give the right"
            + " choice by its number from 0",
        "{\"prompt\": \"x\", \"choices\": [\"a\", \"b\"], \"answer\": 2}| \"answer\" is 2, which is"
            + " none of the 2 choices: give its number from 0, its letter or its text",
        "{\"prompt\": \"x\", \"choices\": [\"a\", \"b\"], \"answer\": \"C\"}| \"answer\" is \"C\","
            + " which is none of the 2 choices: give its number from 0, its letter or its text"
      })
  void aWrongLineIsNamed(String line, String problem) {
    var wrong = assertThrows(TaskException.class, () -> read("\n" + line + "\n"));
    assertEquals("items.jsonl:2: " + problem, wrong.getMessage());
  }

  @Test
  void kindsAreNotMixed() {
    var lines =
        """
        {"prompt": "x", "answer": "y"}
        {"prompt": "x", "choices": ["a", "b"], "answer": 0}
        """;
    var wrong = assertThrows(TaskException.class, () -> read(lines));
    assertEquals(
        "items.jsonl:2: with choices and without in one file: put them into two files",
        wrong.getMessage());
    assertEquals(1, read(lines, 1).size());
  }

  @Test
  void noItemsAreRefused() {
    var wrong = assertThrows(TaskException.class, () -> read("\n \n"));
    assertEquals(
        "items.jsonl: there are no items: give a line of JSON for each", wrong.getMessage());
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    byte[] bytes =
        "{\"prompt\": \"x\", \"answer\": \"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
    var reader =
        new BufferedReader(
            new InputStreamReader(
                new ByteArrayInputStream(bytes), StandardCharsets.UTF_8.newDecoder()));
    var wrong = assertThrows(TaskException.class, () -> TaskFile.read("x.jsonl", reader, 9));
    assertEquals(
        "x.jsonl:1: not UTF-8, here or soon after; convert it, for example with iconv",
        wrong.getMessage());
  }
}
