package dev.fader.model.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OriginTest {
  @TempDir private Path folder;

  private List<String> warnings(String base, Path model) throws IOException {
    var lines = new ArrayList<String>();
    var handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            if (line.getParameters()[0].equals(Path.of("adapter"))) {
              lines.add(MessageFormat.format(line.getMessage(), line.getParameters()));
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    var log = Logger.getLogger("dev.fader.model.adapter");
    log.addHandler(handler);
    try {
      Origin.of(base).warnUnlessFor(model, Path.of("adapter"));
    } finally {
      log.removeHandler(handler);
    }
    return lines;
  }

  @Test
  void anotherModelThatIsThereIsWarnedOf() throws IOException {
    var one = Files.createDirectory(folder.resolve("one"));
    var other = Files.createDirectory(folder.resolve("other"));
    assertEquals(
        List.of("adapter: the adapter is for %s, and is used with %s".formatted(one, other)),
        warnings(one.toString(), other));
    assertEquals(List.of(), warnings(one + "/../one", one));
    assertEquals(List.of(), warnings(folder.resolve("gone").toString(), other));
    assertEquals(List.of(), warnings("owner/name", other));
    assertEquals(List.of(), warnings("", other));
    assertEquals(List.of(), warnings("a\0b", other));
  }
}
