package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.terminal.Failures;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FaderTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int fader(String... arguments) {
    return Fader.run(new PrintWriter(out), new PrintWriter(err), arguments);
  }

  @Test
  void helpIsData() {
    assertEquals(0, fader("--help"));
    assertTrue(out.toString().startsWith("Usage: fader"), out.toString());
    assertEquals("", err.toString());
  }

  @Test
  void versionNamesFaderAndJava() {
    assertEquals(0, fader("--version"));
    assertTrue(out.toString().matches("(?s)fader .*\\Ron Java 2.*"), out.toString());
  }

  @Test
  void unknownFlagSuggestsTheNearest() {
    assertEquals(2, fader("--verson"));
    assertEquals("fader: unknown option --verson; did you mean --version?\n", lines(err));
    assertEquals("", out.toString());
  }

  @Test
  void noCommandIsMisuse() {
    assertEquals(2, fader());
    assertEquals("fader: no command given; see fader --help for the list\n", lines(err));
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new IllegalStateException("two\n  lines"), "two lines"),
        Arguments.of(new IllegalStateException(), "IllegalStateException"),
        Arguments.of(
            new NoSuchFileException("corpus.txt"), "corpus.txt: no such file or directory"),
        Arguments.of(new AccessDeniedException("corpus.txt"), "corpus.txt: permission denied"),
        Arguments.of(
            new FileSystemException("run/model", null, "No space left on device"),
            "run/model: No space left on device"),
        Arguments.of(new UncheckedIOException(new IOException("stream closed")), "stream closed"),
        Arguments.of(new MalformedInputException(1), "input is not valid UTF-8"),
        Arguments.of(
            new OutOfMemoryError(),
            "out of Java heap memory; set FADER_OPTS=-Xmx4g or more, or make the task smaller"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void failureIsOneLine(Throwable failure, String line) {
    assertEquals(1, new Failures(false).report(new PrintWriter(err, true), failure));
    assertEquals("fader: " + line + "\n", lines(err));
  }

  @Test
  void debugShowsTheTrace() {
    new Failures(true).report(new PrintWriter(err, true), new IllegalStateException("why"));
    assertTrue(lines(err).startsWith("fader: why\njava.lang.IllegalStateException: why\n\tat "));
  }

  private static String lines(StringWriter text) {
    return text.toString().replace(System.lineSeparator(), "\n");
  }
}
