package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
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
    assertFalse(stops.found());
    assertEquals("", stops.accept("D and more"));
    assertTrue(stops.found());
    assertEquals("", stops.accept("more"));
    assertEquals("", stops.finish());
  }

  @Test
  void heldTextIsEmittedAtEnd() {
    var stops = new StopStrings(List.of("abcd"));
    assertEquals("x", stops.accept("xabc"));
    assertEquals("abc", stops.finish());
    assertFalse(stops.found());
  }

  @Test
  void earliestStopStringWins() {
    var stops = new StopStrings(List.of("later", "soon"));
    assertEquals("it ends ", stops.accept("it ends soon or later"));
    assertTrue(stops.found());
  }
}
