package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StopStringsTest {
  @Test
  void stopStringAcrossPiecesIsFound() {
    var stops = new StopStrings(List.of("\n\nUser:", "END"));
    assertEquals("hello", stops.accept("hello\n"));
    assertEquals("", stops.accept("\nUs"));
    assertEquals("\n\nUsual", stops.accept("ual"));
    assertEquals(" text ", stops.accept(" text E"));
    assertEquals("", stops.accept("N"));
    assertEquals(Optional.empty(), stops.found());
    assertEquals("", stops.accept("D and more"));
    assertEquals(Optional.of("END"), stops.found());
    assertEquals("", stops.accept("more"));
    assertEquals("", stops.finish());
  }

  @Test
  void heldTextIsEmittedAtEnd() {
    var stops = new StopStrings(List.of("abcd"));
    assertEquals("x", stops.accept("xabc"));
    assertEquals("abc", stops.finish());
    assertEquals(Optional.empty(), stops.found());
  }

  @Test
  void earliestStopStringWins() {
    var stops = new StopStrings(List.of("later", "soon"));
    assertEquals("it ends ", stops.accept("it ends soon or later"));
    assertEquals(Optional.of("soon"), stops.found());
  }

  @Test
  void theFirstOfSeveralThatBeginTogetherWins() {
    var stops = new StopStrings(List.of("ab", "a", "b"));
    assertEquals("x", stops.accept("xab"));
    assertEquals(Optional.of("ab"), stops.found());
    var letterByLetter = new StopStrings(List.of("ab", "a", "b"));
    assertEquals("x", letterByLetter.accept("x"));
    assertEquals("", letterByLetter.accept("a"));
    assertEquals("", letterByLetter.accept("b"));
    assertEquals(Optional.of("a"), letterByLetter.found());
  }
}
