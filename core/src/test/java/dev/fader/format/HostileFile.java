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
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    boolean opened;
    try {
      opened = reader.opens(path);
    } catch (FormatException refused) {
      assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
      opened = false;
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < allowance, allocated + " bytes were allocated");
    return opened;
  }
}
