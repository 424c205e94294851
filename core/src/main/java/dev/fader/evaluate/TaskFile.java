package dev.fader.evaluate;

import dev.fader.format.JsonProblem;
import dev.fader.generate.Conversation;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON lines with the items of a task. What an item asks is told from its fields:
///
/// - `prompt`, or `context`: a text to go on from; `question`: a question, behind `context` where
///   there is that, too; `messages` (and `tools`): a conversation; `prompt` with `completion`: what
///   a user says, where the model has a chat template, and else a text;
/// - with `choices`, a list of texts, `answer` is the number of the right one from 0, its letter,
///   or its text, and `delimiter` what stands before each choice: a space, if neither side has
///   white space there;
/// - without, what would be right is `answer`, `completion` or `reference`, or a list of texts,
///   `answers` or `references`; of messages whose last is the assistant's, that.
///
/// Other fields and blank lines are ignored.
public final class TaskFile {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private static final List<String> REFERENCES =
      List.of("answer", "answers", "completion", "reference", "references");

  private final String name;
  private int line;

  private TaskFile(String name) {
    this.name = name;
  }

  /// The items of a file, all of one kind.
  ///
  /// @param name of the file, for errors
  /// @param most items to read
  /// @throws TaskException if a line is no such item, or there is none
  /// @throws IOException if it cannot be read
  public static List<TaskItem> read(String name, BufferedReader lines, int most)
      throws IOException {
    return new TaskFile(name).items(lines, most);
  }

  private List<TaskItem> items(BufferedReader lines, int most) throws IOException {
    var items = new ArrayList<TaskItem>();
    while (items.size() < most) {
      var text = next(lines);
      if (text.isEmpty()) {
        break;
      }
      if (!text.get().isBlank()) {
        var item = item(text.get());
        if (!items.isEmpty() && items.getFirst().getClass() != item.getClass()) {
          throw wrong("with choices and without in one file: put them into two files");
        }
        items.add(item);
      }
    }
    if (items.isEmpty()) {
      throw new TaskException(name, "there are no items: give a line of JSON for each");
    }
    return items;
  }

  private Optional<String> next(BufferedReader lines) throws IOException {
    line++;
    try {
      return Optional.ofNullable(lines.readLine());
    } catch (CharacterCodingException broken) {
      throw wrong("not UTF-8, here or soon after; convert it, for example with iconv");
    }
  }

  private TaskItem item(String text) {
    var object = parsed(text);
    var prompt = prompt(object);
    if (object.has("choices")) {
      return choice(object, prompt);
    }
    return new TaskItem.Answer(place(), prompt, references(object));
  }

  private JsonNode parsed(String text) {
    try {
      var object = MAPPER.readTree(text);
      if (!object.isObject()) {
        throw wrong("not a JSON object");
      }
      return object;
    } catch (JacksonException broken) {
      throw wrong("broken JSON: " + JsonProblem.of(broken));
    }
  }

  private TaskPrompt prompt(JsonNode object) {
    var given = Stream.of("messages", "question", "prompt").filter(object::has).toList();
    if (given.size() > 1) {
      throw wrong("\"%s\" and \"%s\": give one of them".formatted(given.get(0), given.get(1)));
    }
    if (object.has("messages")) {
      return new TaskPrompt.Chat(asked(conversation(object)));
    }
    if (object.has("question")) {
      var context = object.has("context") ? text(object, "context") : "";
      return new TaskPrompt.Question(context, text(object, "question"));
    }
    if (object.has("prompt") && object.has("context")) {
      throw wrong("\"prompt\" and \"context\": give one of them, or \"question\" and \"context\"");
    }
    if (!object.has("prompt") && !object.has("context")) {
      throw wrong(
          "nothing is asked: give \"prompt\", \"question\", \"context\" (texts) or \"messages\"");
    }
    boolean isTuned = object.has("prompt") && object.has("completion");
    var text = text(object, object.has("prompt") ? "prompt" : "context");
    return isTuned ? new TaskPrompt.Request(text) : new TaskPrompt.Text(text);
  }

  private Conversation conversation(JsonNode object) {
    try {
      return Conversation.of(object);
    } catch (IllegalArgumentException not) {
      throw wrong(String.valueOf(not.getMessage()));
    }
  }

  /// Without what the assistant is to say.
  private static Conversation asked(Conversation all) {
    var messages = all.messages();
    boolean answered = !messages.isEmpty() && isAnswer(messages.getLast().get("role"));
    return new Conversation(
        answered ? messages.subList(0, messages.size() - 1) : messages, all.tools(), true);
  }

  private static boolean isAnswer(@Nullable Object role) {
    return "assistant".equals(role);
  }

  private List<String> references(JsonNode object) {
    var given = REFERENCES.stream().filter(object::has).toList();
    if (given.size() > 1) {
      throw wrong("\"%s\" and \"%s\": give one of them".formatted(given.get(0), given.get(1)));
    }
    if (!given.isEmpty()) {
      return references(object.get(given.getFirst()), given.getFirst());
    }
    var messages = object.path("messages");
    var last = messages.path(messages.size() - 1);
    if (isAnswer(last.path("role").asString("")) && last.path("content").isString()) {
      return List.of(last.get("content").stringValue());
    }
    throw wrong(
        "it is not said what would be right: give \"answer\", \"completion\" or \"reference\" (a"
            + " text), or \"answers\" or \"references\" (a list)");
  }

  private List<String> references(JsonNode value, String field) {
    var list = value.isObject() ? value.path("text") : value; // as in SQuAD
    if (!list.isArray()) {
      return List.of(text(value, field, 0));
    }
    var references = new ArrayList<String>();
    for (var reference : list) {
      references.add(text(reference, field, references.size()));
    }
    if (references.isEmpty()) {
      throw wrong("\"%s\" is empty: give at least one text".formatted(field));
    }
    return references;
  }

  private TaskItem choice(JsonNode object, TaskPrompt prompt) {
    var choices = new ArrayList<String>();
    if (object.get("choices").isArray()) {
      for (var choice : object.get("choices")) {
        choices.add(text(choice, "choices", choices.size()));
      }
    }
    if (choices.size() < 2 || choices.contains("")) {
      throw wrong("\"choices\" is not a list of at least two texts");
    }
    if (!object.has("answer")) {
      throw wrong("\"answer\" is missing: give the right choice by its number from 0");
    }
    var delimiter =
        object.has("delimiter") ? text(object, "delimiter") : delimiter(prompt, choices);
    return new TaskItem.Choice(
        place(), prompt, choices, delimiter, right(object.get("answer"), choices));
  }

  private static String delimiter(TaskPrompt prompt, List<String> choices) {
    boolean hasSpace =
        switch (prompt) {
          case TaskPrompt.Text text -> endsWithSpace(text.text());
          case TaskPrompt.Question _ -> false;
          case TaskPrompt.Chat _, TaskPrompt.Request _ ->
              true; // the template ends as answers begin
        };
    boolean begins = choices.stream().allMatch(choice -> Character.isWhitespace(choice.charAt(0)));
    return hasSpace || begins ? "" : " ";
  }

  private static boolean endsWithSpace(String text) {
    return !text.isEmpty() && Character.isWhitespace(text.charAt(text.length() - 1));
  }

  private int right(JsonNode answer, List<String> choices) {
    if (answer.isIntegralNumber() && answer.canConvertToInt()) {
      int number = answer.intValue();
      if (number >= 0 && number < choices.size()) {
        return number;
      }
    }
    var text = answer.isString() ? answer.stringValue() : "";
    int byText = choices.indexOf(text);
    int byLetter = text.length() == 1 ? text.charAt(0) - 'A' : -1;
    if (byText >= 0) {
      return byText;
    }
    if (byLetter >= 0 && byLetter < choices.size()) {
      return byLetter;
    }
    throw wrong(
        "\"answer\" is %s, which is none of the %d choices: give its number from 0, its letter or"
                .formatted(answer, choices.size())
            + " its text");
  }

  private String text(JsonNode object, String field) {
    if (!object.get(field).isString()) {
      throw wrong("\"%s\" is not a text".formatted(field));
    }
    return object.get(field).stringValue();
  }

  /// An entry of a field; a number is a text, too.
  private String text(JsonNode value, String field, int index) {
    if (value.isString()) {
      return value.stringValue();
    }
    if (value.isNumber() || value.isBoolean()) {
      return value.asString();
    }
    throw wrong("\"%s\" has %s at %d, not a text".formatted(field, kind(value), index));
  }

  private static String kind(JsonNode value) {
    return value.isObject() ? "an object" : value.isArray() ? "a list" : "null";
  }

  private String place() {
    return name + ":" + line;
  }

  private TaskException wrong(String what) {
    return new TaskException(place(), what);
  }
}
