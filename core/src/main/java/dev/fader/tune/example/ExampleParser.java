package dev.fader.tune.example;

import dev.fader.data.DataException;
import dev.fader.format.FormatException;
import dev.fader.generate.Conversation;
import dev.fader.tune.example.Example.Chat;
import dev.fader.tune.example.Example.Completion;
import dev.fader.tune.example.Example.Instruction;
import dev.fader.tune.example.Example.Labelled;
import dev.fader.tune.example.Example.PlainText;
import dev.fader.tune.example.Example.Sequence;
import dev.fader.tune.example.Example.TokenIds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Makes examples of the fields of lines.
final class ExampleParser {
  private ExampleParser() {}

  static Example parse(ExampleFormat format, Fields line) {
    return switch (format) {
      case MESSAGES -> chat(line, "messages");
      case SHAREGPT -> chat(line, "conversations");
      case PROMPT_COMPLETION -> continued(line, line, "completion");
      case ALPACA -> instruction(line);
      case PREFERENCE -> PreferenceParser.parse(line);
      case LABELLED_TEXT -> labelled(new PlainText(line.text("text")), line);
      case LABELLED_IDS -> labelled(ids(line), line);
      case IDS -> ids(line);
      case TEXT -> {
        var text = line.text("text");
        if (text.isEmpty()) {
          throw nothing(line);
        }
        yield new PlainText(text);
      }
    };
  }

  /// The error for an example without anything to learn.
  static DataException nothing(Fields line) {
    return new DataException(
        "%s: there is nothing to learn in this example; remove it or give an answer"
            .formatted(line.place()));
  }

  private static TokenIds ids(Fields line) {
    var ids = line.ids("ids");
    if (ids.length == 0) {
      throw nothing(line);
    }
    return new TokenIds(ids, 0);
  }

  private static Chat chat(Fields line, String name) {
    var messages = MessageParser.messages(line, name);
    var system = line.optionalText("system").orElse("");
    if (!system.isEmpty() && !"system".equals(messages.getFirst().get("role"))) {
      messages.addFirst(message("system", system));
    }
    return chat(messages, 0, line);
  }

  static Chat chat(List<Map<String, Object>> messages, int given, Fields line) {
    boolean answers =
        messages.stream().skip(given).anyMatch(message -> "assistant".equals(message.get("role")));
    if (!answers) {
      throw new DataException(
          "%s: no message of the assistant, so there is nothing to learn; give its answer"
              .formatted(line.place()));
    }
    return new Chat(new Conversation(messages, line.tools(), false), given);
  }

  /// A prompt with what the field `answer` has: texts, messages, or token ids.
  ///
  /// @param prompts what has the `prompt`
  static Sequence continued(Fields prompts, Fields line, String answer) {
    var prompt = prompts.object().get("prompt");
    var completion = line.object().get(answer);
    if (MessageParser.isMessages(completion)) {
      var messages = prompt(prompts, prompt);
      int given = messages.size();
      messages.addAll(MessageParser.messages(line, answer));
      return chat(messages, given, line);
    }
    if (MessageParser.isMessages(prompt)) {
      var messages = prompt(prompts, prompt);
      int given = messages.size();
      messages.add(message("assistant", filled(line, answer)));
      return chat(messages, given, line);
    }
    if (completion.isArray()) {
      int[] first = prompts.ids("prompt");
      int[] then = line.ids(answer);
      if (then.length == 0) {
        throw nothing(line);
      }
      int[] all = Arrays.copyOf(first, first.length + then.length);
      System.arraycopy(then, 0, all, first.length, then.length);
      return new TokenIds(all, first.length);
    }
    return new Completion(prompts.text("prompt"), filled(line, answer));
  }

  private static String filled(Fields line, String answer) {
    var text = line.text(answer);
    if (text.isEmpty()) {
      throw nothing(line);
    }
    return text;
  }

  private static List<Map<String, Object>> prompt(Fields line, JsonNode prompt) {
    return MessageParser.isMessages(prompt)
        ? MessageParser.messages(line, "prompt")
        : new ArrayList<>(List.of(message("user", line.text("prompt"))));
  }

  private static Map<String, Object> message(String role, String content) {
    var message = new LinkedHashMap<String, Object>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  private static Instruction instruction(Fields line) {
    var history = new ArrayList<Completion>();
    if (line.has("history")) {
      for (var turn : line.list("history")) {
        boolean isPair = turn.size() == 2 && turn.path(0).isString() && turn.path(1).isString();
        if (!isPair) {
          throw line.wrong(
              "history[%d]".formatted(history.size()),
              "is no pair of texts; give [instruction, output]");
        }
        history.add(new Completion(turn.get(0).stringValue(), turn.get(1).stringValue()));
      }
    }
    return new Instruction(
        line.optionalText("system").orElse(""),
        history,
        line.text("instruction"),
        line.optionalText("input").orElse(""),
        filled(line, "output"));
  }

  private static Labelled labelled(Sequence content, Fields line) {
    boolean plural = !line.object().has(ExampleFormat.LABEL);
    String name = plural ? ExampleFormat.LABELS : ExampleFormat.LABEL;
    var label = Optional.ofNullable(line.object().get(name));
    if (label.isEmpty() || label.get().isNull()) {
      throw line.wrong(
          ExampleFormat.LABEL, "is missing; a text or a number is needed, or a list of them");
    }
    if (!label.get().isArray()) {
      return new Labelled(content, List.of(label(label.get(), line, name)), plural);
    }
    var labels = new ArrayList<String>();
    for (var one : label.get()) {
      labels.add(label(one, line, "%s[%d]".formatted(name, labels.size())));
    }
    return new Labelled(content, labels.stream().distinct().toList(), true);
  }

  private static String label(JsonNode label, Fields line, String name) {
    if (label.isString() && !label.stringValue().isBlank()) {
      if (label.stringValue().chars().anyMatch(Character::isISOControl)) {
        throw line.wrong(
            name,
            "is %s, with control characters or ends of lines; a label is printed, so leave them out"
                .formatted(FormatException.quoted(label.stringValue())));
      }
      return label.stringValue();
    }
    if (label.isIntegralNumber() || label.isBoolean()) {
      return label.toString();
    }
    throw line.wrong(
        name, "is %s; a text or a whole number is needed".formatted(Fields.described(label)));
  }
}
