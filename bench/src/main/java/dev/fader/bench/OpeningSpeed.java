package dev.fader.bench;

import com.sun.management.ThreadMXBean;
import dev.fader.format.GgufFile;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/// How long a GGUF file of a billion parameters, 128,256 tokens and 280,147 merges takes to open,
/// and what that takes of the heap. The weights are holes in the file: opening must not read them.
///
/// Prints a line for each time: milliseconds, what was allocated, and what stays in use while the
/// file is open, in KB. Arguments: how often, 5 unless said.
public final class OpeningSpeed {
  private static final int TIMES = 5;
  private static final int BYTES_PER_KB = 1000;

  private OpeningSpeed() {}

  /// What is opened.
  @FunctionalInterface
  private interface Opening {
    AutoCloseable open(Path file) throws IOException;
  }

  /// Opens it as a file, as a model, and last its tokenizer.
  public static void main(String[] arguments) throws Exception {
    int times = arguments.length > 0 ? Integer.parseInt(arguments[0]) : TIMES;
    Path directory = Files.createTempDirectory("fader-opening");
    Path file = directory.resolve("synthetic-1b-q8_0.gguf");
    try {
      write(file);
      System.out.printf(Locale.ROOT, "%s, %,d bytes%n", file.getFileName(), Files.size(file));
      measure("GgufFile.open", times, file, GgufFile::open);
      measure("LoadedModel.open", times, file, f -> LoadedModel.open(f, TensorMemory.unlimited()));
      measure("Tokenizer.load", times, file, f -> kept(Tokenizer.load(f)));
    } finally {
      Files.deleteIfExists(file);
      Files.delete(directory);
    }
  }

  private static AutoCloseable kept(Tokenizer tokenizer) {
    return () -> {
      if (tokenizer.vocabularySize() != SyntheticLlama.oneBillion().vocabulary()) {
        throw new IllegalStateException("tokens are missing");
      }
    };
  }

  private static void measure(String what, int times, Path file, Opening opening) throws Exception {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < times; i++) {
      long inUse = heapInUse();
      long allocated = threads.getCurrentThreadAllocatedBytes();
      long start = System.nanoTime();
      AutoCloseable opened = opening.open(file);
      try {
        double milliseconds = (System.nanoTime() - start) / 1e6;
        allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
        System.out.printf(
            Locale.ROOT,
            "%s: %.1f ms, %,d KB allocated, %,d KB in use%n",
            what,
            milliseconds,
            allocated / BYTES_PER_KB,
            (heapInUse() - inUse) / BYTES_PER_KB);
      } finally {
        opened.close();
      }
    }
  }

  private static long heapInUse() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static void write(Path file) throws IOException {
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      var sparse = new SparseChannel(channel);
      SyntheticLlama.oneBillion().content().writeTo(sparse);
    }
  }

  /// Writes no blocks of zeros but leaves holes. The last block is one only if no more follows.
  private static final class SparseChannel implements WritableByteChannel {
    private static final int LEAST_HOLE = 1 << 16;

    private final FileChannel channel;
    private final ByteBuffer zeros = ByteBuffer.allocate(1 << 20);

    SparseChannel(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      int bytes = source.remaining();
      boolean hole =
          bytes >= LEAST_HOLE
              && bytes <= zeros.capacity()
              && source.mismatch(zeros.clear().limit(bytes)) < 0;
      if (!hole) {
        return channel.write(source);
      }
      source.position(source.limit());
      channel.position(channel.position() + bytes - 1);
      channel.write(zeros.clear().limit(1));
      return bytes;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    /// Does nothing: the file is closed by who opened it.
    @Override
    public void close() {}
  }
}
