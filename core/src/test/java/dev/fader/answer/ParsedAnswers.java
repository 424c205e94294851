package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.PlainValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import tools.jackson.databind.json.JsonMapper;

/// Parses answers in every way in which their text may come in pieces, which must not matter.
final class ParsedAnswers {
  private final AnswerFormat format;
  private final DeclaredTools tools;

  /// @param template what tells the family
  /// @param tools the schemas of their parameters by name, as JSON
  ParsedAnswers(String template, String tools) {
    this.format = AnswerFormat.of(template);
    var declared = new ArrayList<Object>();
    JsonMapper.shared()
        .readTree(tools)
        .properties()
        .forEach(tool ->
            declared.add(
                Map.of("name", tool.getKey(), "parameters", PlainValues.of(tool.getValue()))));
    this.tools = DeclaredTools.of(declared);
  }

  AnswerFormat format() {
    return format;
  }

  /// The answer of a text that the model has ended.
  Answer whole(String text) {
    return of(text, false);
  }

  /// The answer of a text that was cut off.
  Answer cut(String text) {
    return of(text, true);
  }

  private Answer of(String text, boolean cut) {
    var answer = joined(text, List.of(text.length()), cut);
    var letters = new ArrayList<Integer>();
    for (int i = 1; i <= text.length(); i++) {
      letters.add(i);
      assertEquals(answer, joined(text, List.of(i, text.length()), cut), "split at " + i);
    }
    assertEquals(answer, joined(text, letters, cut), "letter by letter");
    return answer;
  }

  private Answer joined(String text, List<Integer> splits, boolean cut) {
    var parser = format.parser(Optional.of(tools), false, new Random(1));
    var parts = new ArrayList<AnswerPart>();
    int from = 0;
    for (int to : splits) {
      parts.addAll(parser.accept(text.substring(from, to)));
      from = to;
    }
    parts.addAll(parser.finish(cut));
    for (var part : parts) {
      var written =
          switch (part) {
            case AnswerPart.Content(var some) -> some;
            case AnswerPart.Reasoning(var some) -> some;
            case AnswerPart.CallBegun(var _, var _, var name) -> name;
            case AnswerPart.CallArguments(var _, var json) -> json;
          };
      assertTrue(!written.isEmpty(), () -> "an empty part: " + part);
    }
    return Answer.of(parts);
  }

  /// The calls of an answer, each as `name arguments`.
  static List<String> calls(Answer answer) {
    return answer.calls().stream().map(call -> call.name() + " " + call.arguments()).toList();
  }
}
