package dev.fader.serve.body;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.serve.http.ApiException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import tools.jackson.databind.json.JsonMapper;

class BodyFieldsTest {
  private static BodyFields body(String json) {
    return BodyFields.of(JsonMapper.shared().readTree(json));
  }

  private static void refuses(String field, String message, Executable reading) {
    var failure = assertThrows(ApiException.class, reading);
    assertEquals(ApiException.Kind.INVALID, failure.kind());
    assertEquals(message, failure.message());
    assertEquals(field, failure.field().orElse(""));
  }

  @Test
  void readsWhatIsThere() {
    var body =
        body(
            """
            {"text": "a", "whole": 7, "even": 8.0, "number": 0.5, "flag": true, "none": null,
             "texts": ["x", "y"], "inner": {"list": [{"n": 1}, {"n": 2}]}}\
            """);
    assertEquals(Optional.of("a"), body.text("text"));
    assertEquals(List.of("a"), body.texts("text", 1, 1));
    assertEquals(List.of("x", "y"), body.texts("texts", 2, 1));
    assertEquals(Optional.of(7), body.whole("whole", 0, 7));
    assertEquals(Optional.of(8), body.whole("even", 0, 8));
    assertEquals(Optional.of(0.5f), body.number("number", Range.of(0, 1)));
    assertTrue(body.flag("flag", false));
    assertFalse(body.has("none"));
    assertEquals(Optional.empty(), body.text("none"));
    assertEquals(Optional.empty(), body.whole("absent", 0, 1));
    var objects = body.object("inner").orElseThrow().objects("list", 2);
    assertEquals("inner.list[1].n", objects.get(1).path("n"));
  }

  @Test
  void namesAFieldOfTheWrongKind() {
    refuses("", "the body is a list, and must be a JSON object: send {…}", () -> body("[]"));
    refuses(
        "a.b",
        "`a.b` is a list, and must be a string",
        () -> body("{\"a\": {\"b\": []}}").object("a").orElseThrow().text("b"));
    refuses(
        "a",
        "`a` is \"hot\", and must be true or false",
        () -> body("{\"a\": \"hot\"}").flag("a", true));
    refuses(
        "a[1]",
        "`a[1]` is 3, and must be an object",
        () -> body("{\"a\": [{}, 3]}").objects("a", 2));
    refuses(
        "a",
        "`a` has 3 values, and may have at most 2",
        () -> body("{\"a\": [1, 2, 3]}").list("a", 2));
    refuses("a", "`a` is missing, and must be a string", () -> body("{}").requiredText("a"));
    refuses(
        "a",
        "`a` is \"b\", and must be one of x, y",
        () -> body("{\"a\": \"b\"}").word("a", List.of("x", "y")));
  }

  @Test
  void namesANumberOutOfItsRange() {
    for (var value : List.of("-1", "11", "1.5", "9223372036854775808", "\"5\"", "true", "1e400")) {
      var failure =
          assertThrows(
              ApiException.class, () -> body("{\"n\": %s}".formatted(value)).whole("n", 0, 10));
      assertTrue(
          failure.message().endsWith(", and must be a whole number from 0 to 10"),
          failure.message());
    }
    for (var value : List.of("0", "2.5", "1e308", "-1", "\"hot\"", "1e-400", "[]")) {
      var failure =
          assertThrows(
              ApiException.class,
              () -> body("{\"n\": %s}".formatted(value)).number("n", Range.above(0, 2)));
      assertTrue(
          failure.message().endsWith(", and must be a number above 0 and at most 2"),
          failure.message());
    }
  }

  @Test
  void repeatsNoLongValues() {
    var failure =
        assertThrows(
            ApiException.class,
            () -> body("{\"n\": \"%s\"}".formatted("x".repeat(100_000))).whole("n", 0, 1));
    assertTrue(failure.message().length() < 140, failure.message());
    var digits =
        assertThrows(
            ApiException.class,
            () -> body("{\"n\": %s}".formatted("9".repeat(900))).whole("n", 0, 1));
    assertEquals(
        "`n` is a number beyond all bounds, and must be a whole number from 0 to 1",
        digits.message());
  }

  @Test
  void refusesHalfACharacter() {
    assertEquals(Optional.of("😀"), body("{\"a\": \"\\ud83d\\ude00\"}").text("a"));
    refuses(
        "a",
        "`a` has half a character at 1: a surrogate needs its other half",
        () -> body("{\"a\": \"x\\ud83d\"}").text("a"));
  }

  @Test
  void readsTokens() {
    var list = body("{\"a\": [0, 5]}").required("a", "a list");
    assertArrayEquals(new int[] {0, 5}, BodyFields.tokens("a", list, 6));
    refuses(
        "a[1]",
        "`a[1]` is 5, and must be a whole number from 0 to 4",
        () -> BodyFields.tokens("a", list, 5));
  }
}
