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
  private static final Pattern CURSOR = Pattern.compile("([0-9a-f]{1,8})-(\\d{1,18})");

  private final Path log;
  private String file = "";
  private long offset;

  /// What has been added.
  ///
  /// @param anew whether these are the first lines, and those that were read before are void
  /// @param cursor behind them
  record Lines(boolean anew, String cursor, List<JsonNode> points) {}

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
      return new Lines(false, "", List.of());
    }
    var now = identity();
    boolean anew = !now.equals(file) || Files.size(log) < offset;
    if (anew) {
      file = now;
      offset = 0;
    }
    var points = new ArrayList<JsonNode>();
    try (var in = new RandomAccessFile(log.toFile(), "r")) {
      in.seek(offset);
      read(in, points);
    }
    return new Lines(anew, file + "-" + offset, points);
  }

  private void read(RandomAccessFile in, List<JsonNode> points) throws IOException {
    var block = new byte[BLOCK];
    var line = new ByteArrayOutputStream();
    long length = 0; // also of what is too long to be a line of ours
    while (points.size() < MOST_LINES) {
      int count = in.read(block);
      if (count < 0) {
        return;
      }
      for (int i = 0; i < count && points.size() < MOST_LINES; i++) {
        length++;
        if (block[i] != '\n') {
          if (line.size() < LONGEST_LINE) {
            line.write(block[i]);
          }
          continue;
        }
        offset += length;
        length = 0;
        TrainingOutput.parse(line.toString(StandardCharsets.UTF_8)).ifPresent(points::add);
        line.reset();
      }
    }
  }

  /// Another file under the same name is another log.
  private String identity() throws IOException {
    var attributes = Files.readAttributes(log, BasicFileAttributes.class);
    return Integer.toHexString(Objects.hash(attributes.fileKey(), attributes.creationTime()));
  }
}
