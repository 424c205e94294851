package dev.fader.app.studio.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFollowerTest {
  @TempDir private Path folder;
  private Path log;

  @BeforeEach
  void begin() {
    log = folder.resolve("log.jsonl");
  }

  private void append(String text) throws IOException {
    Files.writeString(log, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static List<Long> steps(LogFollower.Lines lines) {
    return lines.points().stream().map(point -> point.get("step").asLong()).toList();
  }

  @Test
  void wholeLinesOnce() throws IOException {
    append("{\"step\":1}\n{\"step\":2}\n{\"st");
    var follower = new LogFollower(log, "");
    var first = follower.next();
    assertTrue(first.anew());
    assertEquals(List.of(1L, 2L), steps(first));
    assertEquals(List.of(), steps(follower.next()));
    append("ep\":3}\nno json\n[4]\n{\"step\":5,\"sample\":\"ü\"}\n");
    var more = follower.next();
    assertFalse(more.anew());
    assertEquals(List.of(3L, 5L), steps(more));

    append("{\"step\":6}\n");
    var later = new LogFollower(log, more.cursor()).next();
    assertFalse(later.anew());
    assertEquals(List.of(6L), steps(later));
  }

  @Test
  void aLogThatWasBegunAnew() throws IOException {
    append("{\"step\":1}\n{\"step\":2}\n");
    var follower = new LogFollower(log, "");
    follower.next();
    var other = Files.writeString(folder.resolve("other"), "{\"step\":1}\n{\"step\":7}\n");
    Files.move(other, log, StandardCopyOption.REPLACE_EXISTING);
    var anew = follower.next();
    assertTrue(anew.anew());
    assertEquals(List.of(1L, 7L), steps(anew));
  }

  @Test
  void longLinesComeAFewAtATime() throws IOException {
    var sample = "x".repeat(1_000_000);
    for (int step = 1; step <= 7; step++) {
      append("{\"step\":%d,\"sample\":\"%s\"}\n".formatted(step, sample));
    }
    var follower = new LogFollower(log, "");
    assertEquals(List.of(1L, 2L, 3L, 4L), steps(follower.next())); // the fifth goes past 4 MiB
    assertEquals(List.of(5L, 6L, 7L), steps(follower.next()));
  }

  @Test
  void manyLinesAndLinesBeyondAllBounds() throws IOException {
    var lines = new StringBuilder("{\"junk\":\"" + "x".repeat(3 << 20) + "\"}\n");
    for (int step = 1; step <= 2500; step++) {
      lines.append("{\"step\":%d}\n".formatted(step));
    }
    append(lines.toString());
    var follower = new LogFollower(log, "not a cursor");
    assertEquals(2000, follower.next().points().size());
    var rest = steps(follower.next());
    assertEquals(List.of(500, 2001L, 2500L), List.of(rest.size(), rest.getFirst(), rest.getLast()));
  }

  @Test
  void noMoreIsHeldThanIsReadAtOnce() throws IOException {
    var text = "{\"step\":%d,\"sample\":\"" + "x".repeat(900_000) + "\"}\n";
    for (int step = 1; step <= 8; step++) {
      append(text.formatted(step));
    }
    var follower = new LogFollower(log, "");
    var first = follower.next();
    assertEquals(List.of(1L, 2L, 3L, 4L), steps(first));
    assertTrue(first.more());
    assertEquals(List.of(5L, 6L, 7L, 8L), steps(follower.next()));
    assertFalse(follower.next().more());
  }

  @Test
  void aLineWithoutEndIsReadOnce() throws IOException {
    try (var file = new RandomAccessFile(log.toFile(), "rw")) {
      file.setLength(16L << 20); // sparse
    }
    var follower = new LogFollower(log, "");
    int turns = 1;
    while (follower.next().more()) {
      turns++;
    }
    assertEquals(5, turns); // of 4 MiB, and the one that finds the end
    append("\n{\"step\":1}\n");
    assertEquals(List.of(1L), steps(follower.next()));
  }
}
