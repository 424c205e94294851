package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Pieces of calls in any order: no text breaks a parser, how it is cut makes no difference, and
/// time and memory stay linear.
final class AnswerFuzzTest {
  private static final int SEED = 20261129;

  private static final List<String> PIECES =
      List.of(
          "{\"name\": \"weather\", \"arguments\": {\"a\": 1}}",
          "{\"name\": \"weather\"",
          ", \"arguments\": ",
          ", \"parameters\": {\"a\": [",
          "{",
          "}",
          "[",
          "]",
          "(",
          ")",
          "\"",
          "'",
          "\\",
          ",",
          ":",
          "=",
          "weather",
          "functions.weather:0",
          "call:weather{",
          "a:1",
          "weather(a=",
          "function",
          "name=\"weather\">",
          "weather>",
          "\" string=\"true\">",
          "12",
          "1e9999",
          "true",
          "None",
          "\\u00",
          "```json\n",
          "commentary to=functions.weather",
          "analysis",
          "assistant",
          "thought",
          "\n",
          " ",
          "<",
          "</",
          "é😀",
          "\u0000");

  private static List<String> tags(AnswerFormat format) {
    var tags = new ArrayList<String>();
    format.calls().ifPresent(calls -> calls.openings().forEach(tag -> tags.add(tag.text())));
    format
        .thought()
        .ifPresent(thought -> {
          tags.add(thought.open().text());
          tags.add(thought.close().text());
        });
    switch (format.calls().orElseThrow()) {
      case JsonCalls calls -> calls.close().ifPresent(tag -> tags.add(tag.text()));
      case BareJsonCalls _ -> {}
      case NamedCalls calls -> {
        calls.closings().forEach(tag -> tags.add(tag.text()));
        calls.tags().within().forEach(tag -> tags.add(tag.text()));
      }
      case XmlCalls calls -> {
        tags.add(calls.callEnd().text());
        tags.add(calls.sectionEnd().text());
        tags.add(calls.parameter().key().text());
        tags.add(calls.parameter().keyEnd().text());
        tags.add(calls.parameter().end().text());
      }
      case GemmaCalls calls -> {
        tags.add(calls.close().text());
        tags.add(calls.quote().text());
      }
      case PythonicCalls calls -> calls.close().ifPresent(tag -> tags.add(tag.text()));
      case HarmonyCalls calls -> {
        calls.tags().ends().forEach(tag -> tags.add(tag.text()));
        tags.add(calls.tags().start().text());
        tags.add(calls.tags().message().text());
        tags.add(calls.tags().constrain().text());
      }
      case RecipientCalls _ -> tags.addAll(List.of("all\n", "weather\n"));
      default -> throw new AssertionError(format.family());
    }
    return tags;
  }

  private static String text(List<String> tags, int pieces, Random random) {
    var text = new StringBuilder();
    for (int i = 0; i < pieces; i++) {
      var from = random.nextInt(3) == 0 ? tags : PIECES;
      var piece = from.get(random.nextInt(from.size()));
      text.append(
          random.nextInt(20) == 0 ? piece.substring(0, random.nextInt(piece.length() + 1)) : piece);
    }
    return text.toString();
  }

  private static Answer parsed(AnswerFormat format, String text, int step, boolean cut) {
    var tools = Optional.of(DeclaredTools.of(ChatModels.tools("weather")));
    var parser = format.parser(tools, false, new Random(1));
    var parts = new ArrayList<AnswerPart>();
    for (int i = 0; i < text.length(); i += step) {
      parts.addAll(parser.accept(text.substring(i, Math.min(text.length(), i + step))));
    }
    parts.addAll(parser.finish(cut));
    return Answer.of(parts);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLAIN")
  void anyOrderOfPiecesIsRead(AnswerFamily family) {
    var format = AnswerFormat.of(RequestedGrammarTest.model(family).template() + "</think>");
    assertEquals(family, format.family());
    var tags = tags(format);
    var random = new Random(SEED);
    for (int i = 0; i < 60; i++) {
      var text = text(tags, 1 + random.nextInt(30), random);
      for (boolean cut : new boolean[] {false, true}) {
        var whole = parsed(format, text, Math.max(1, text.length()), cut);
        for (int step : new int[] {1, 2, 7}) {
          assertEquals(whole, parsed(format, text, step, cut), () -> "seed " + SEED + ": " + text);
        }
      }
    }
    var tools = Optional.<DeclaredTools>empty();
    var text = "a" + text(PIECES, 200, random) + "a";
    var parser = format.parser(tools, false, new Random(1));
    var parts = new ArrayList<>(parser.accept(text));
    parts.addAll(parser.finish(false));
    assertEquals(text, Answer.of(parts).content(), () -> "seed " + SEED);
    var longer = text(tags, 8_000, random);
    var answer = parsed(format, longer, 5, false);
    int written = answer.content().length() + answer.reasoning().length();
    for (var call : answer.calls()) {
      written += call.name().length() + call.arguments().length();
    }
    assertTrue(written < 6 * longer.length(), () -> "seed " + SEED); // escapes make it longer
  }
}
