package dev.fader.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// A malformed file, and the heap that opening it may use.
record HostileFile(Path path, long allowance) {
  interface Reader {
    boolean opens(Path path) throws IOException;
  }

  /// Whether `reader` opens the file with these bytes; fails if it throws anything but a
  /// [FormatException], or allocates more than the allowance.
  boolean opens(byte[] bytes, Reader reader) throws IOException {
    Files.write(path, bytes);
    var first = read(reader);
    var least = first.allocated < allowance ? first : read(reader); // the first loads classes, too
    assertTrue(least.allocated < allowance, least.allocated + " bytes were allocated");
    return least.opened;
  }

  private record Reading(boolean opened, long allocated) {}

  private Reading read(Reader reader) throws IOException {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    boolean opened;
    try {
      opened = reader.opens(path);
    } catch (FormatException refused) {
      assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
      opened = false;
    }
    return new Reading(opened, threads.getCurrentThreadAllocatedBytes() - before);
  }
}
