package dev.fader.app.studio.training;

import dev.fader.app.cli.option.EndingFile;
import dev.fader.app.cli.option.TrainingLog;
import dev.fader.train.OutputLock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// Where a run writes, and what can be told of it without reading all that it wrote.
///
/// @param id by which the page asks for it
record TrainingOutput(String id, Path path) {
  /// A line is a few hundred bytes, one with a sample a few thousand.
  private static final int END = 1 << 16;

  /// What a run does.
  enum State {
    RUNNING,
    COMPLETED,
    STOPPED,
    OVERFITTED,
    DIVERGED,
    /// It was killed, or failed.
    INTERRUPTED,
    /// It failed before its first step.
    FAILED
  }

  Path log() {
    return path.resolve(TrainingLog.NAME);
  }

  FileTime modified() {
    try {
      return Files.getLastModifiedTime(log());
    } catch (IOException gone) {
      return FileTime.fromMillis(0);
    }
  }

  State state() throws IOException {
    if (OutputLock.process(path).isPresent()) {
      return State.RUNNING;
    }
    var ending = EndingFile.read(path).map(EndingFile.Ending::ending).orElse("");
    for (var state : State.values()) {
      if (state != State.RUNNING && state.name().equalsIgnoreCase(ending)) {
        return state;
      }
    }
    var last = last(); // of a run before it said how it ended
    if (last.isEmpty()) {
      return State.FAILED;
    }
    boolean whole =
        last.path("horizon").isNumber() && step(last) >= last.get("horizon").asLong(Long.MAX_VALUE);
    return whole ? State.COMPLETED : State.INTERRUPTED;
  }

  /// The step in a line of a log, 0 if it has none.
  static long step(JsonNode line) {
    return line.path("step").asLong(0);
  }

  /// The last lines of the log put together: what was said last of each thing; nothing before the
  /// first step.
  JsonNode last() throws IOException {
    var last = JsonNodeFactory.instance.objectNode();
    if (!Files.exists(log())) {
      return last;
    }
    for (var line : end().split("\n", -1)) {
      parse(line)
          .ifPresent(object ->
              object.properties().forEach(field -> last.set(field.getKey(), field.getValue())));
    }
    return last;
  }

  private String end() throws IOException {
    try (var file = new RandomAccessFile(log().toFile(), "r")) {
      long length = file.length();
      var bytes = new byte[(int) Math.min(END, length)];
      file.seek(length - bytes.length);
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /// A line of a log, unless it was cut short.
  static Optional<JsonNode> parse(String line) {
    try {
      var node = JsonMapper.shared().readTree(line);
      return node.isObject() ? Optional.of(node) : Optional.empty();
    } catch (JacksonException cutShort) {
      return Optional.empty();
    }
  }
}
