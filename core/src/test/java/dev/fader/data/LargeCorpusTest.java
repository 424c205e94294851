package dev.fader.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A corpus that does not fit into the heap is learned from: tokenised, split and drawn from in a
/// JVM whose heap is smaller than each of its two files.
class LargeCorpusTest {
  private static final int FILE_BYTES = 24 << 20;
  private static final String HEAP = "-Xmx22m";

  @TempDir Path folder;

  @Test
  void corpusLargerThanHeapTrains() throws IOException, InterruptedException {
    var line = "A line of text that is not too short, and then some more of it.\n";
    var block = line.repeat(1024);
    for (var name : List.of("a.txt", "b.txt")) {
      try (var writer = Files.newBufferedWriter(folder.resolve(name))) {
        for (int written = 0; written < FILE_BYTES; written += block.length()) {
          writer.write(block);
        }
        writer.write(name);
      }
    }
    var log = folder.resolve("log");
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Small.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
    } finally {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue(), () -> read(log));
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException failed) {
      return failed.toString();
    }
  }

  /// The JVM with the small heap.
  static final class Small {
    public static void main(String[] arguments) {
      var bench = new Workbench(Path.of(arguments[0]));
      var data = List.of(arguments[0] + "/a.txt", arguments[0] + "/b.txt");
      var request = new Corpus.Request(data, Optional.empty(), System.in, bench.cache());
      try (var corpus = Corpus.open(request, bench.announced::add)) {
        var plan = new Dataset.Plan(Encoder.of(Workbench.BYTES), 0.1, bench.cache(), 2);
        try (var dataset = Dataset.prepare(corpus, Optional.empty(), plan, bench.announced::add)) {
          if (dataset.training().tokens() < FILE_BYTES) {
            throw new IllegalStateException(dataset.summary());
          }
          var batches = Batches.of(dataset.training(), new Batches.Order(8, 256, 1));
          for (int i = 0; i < 1000; i++) {
            batches.next();
          }
        }
      }
    }
  }
}
