package dev.fader.app.studio.training;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Reads a log that grows, from a cursor on: nothing is read twice. A log that was begun anew, or
/// from which a run that goes on has taken its last lines, is read from its beginning.
final class LogFollower {
  private static final int MOST_LINES = 2000; // of an event
  private static final int BLOCK = 1 << 16;
  private static final int LONGEST_LINE = 1 << 20;
  private static final int MOST_BYTES = 4 << 20; // of an event, more than the longest line
  private static final Pattern CURSOR = Pattern.compile("([0-9a-f]{1,8})-(\\d{1,18})");

  private final Path log;
  private String file = "";
  private long offset;
  private boolean skipping; // the rest of a line that is too long to be one of ours

  /// What has been added.
  ///
  /// @param anew whether these are the first lines, and those that were read before are void
  /// @param cursor behind them
  /// @param more whether there was more than is read at once
  record Lines(boolean anew, String cursor, List<JsonNode> points, boolean more) {}

  /// @param cursor where to go on, empty for the beginning; one that is wrong is that, too
  LogFollower(Path log, String cursor) {
    this.log = log;
    var known = CURSOR.matcher(cursor);
    if (known.matches()) {
      file = known.group(1);
      offset = Long.parseLong(known.group(2));
    }
  }

  /// The next lines that are whole; none if there are no more now.
  Lines next() throws IOException {
    if (!Files.exists(log)) {
      return new Lines(false, "", List.of(), false);
    }
    var now = identity();
    boolean anew = !now.equals(file) || Files.size(log) < offset;
    if (anew) {
      file = now;
      offset = 0;
      skipping = false;
    }
    var points = new ArrayList<JsonNode>();
    try (var in = new RandomAccessFile(log.toFile(), "r")) {
      in.seek(offset);
      boolean more = read(in, points);
      return new Lines(anew, file + "-" + offset, points, more);
    }
  }

  /// Whether there may be more behind what is read.
  private boolean read(RandomAccessFile in, List<JsonNode> points) throws IOException {
    var block = new byte[BLOCK];
    var line = new ByteArrayOutputStream();
    for (int all = 0; all < MOST_BYTES; all += BLOCK) {
      int count = in.read(block);
      if (count < 0) {
        return false;
      }
      for (int i = 0; i < count; i++) {
        if (block[i] != '\n') {
          add(block[i], line);
          continue;
        }
        offset += line.size() + 1;
        if (!skipping) {
          TrainingOutput.parse(line.toString(StandardCharsets.UTF_8)).ifPresent(points::add);
        }
        skipping = false;
        line.reset();
        if (points.size() == MOST_LINES) {
          return true;
        }
      }
    }
    return true;
  }

  /// Adds to a line, which is given up where it gets too long.
  private void add(byte letter, ByteArrayOutputStream line) {
    if (skipping) {
      offset++;
      return;
    }
    line.write(letter);
    if (line.size() > LONGEST_LINE) {
      offset += line.size();
      skipping = true;
      line.reset();
    }
  }

  /// Another file under the same name is another log.
  private String identity() throws IOException {
    var attributes = Files.readAttributes(log, BasicFileAttributes.class);
    return Integer.toHexString(Objects.hash(attributes.fileKey(), attributes.creationTime()));
  }
}
