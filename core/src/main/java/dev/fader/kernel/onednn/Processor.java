package dev.fader.kernel.onednn;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the system tells of the processor, at once. Opening the library to ask it takes a quarter
/// of a second.
public final class Processor {
  private static final Path TOLD = Path.of("/proc/cpuinfo");

  private Processor() {}

  private static final class Found {
    static final boolean TILES = mayHaveTiles(TOLD);
  }

  /// Whether there may be units for whole tiles of matrices (AMX): no, if Linux lists what the
  /// processor has and it is not there.
  public static boolean mayHaveTiles() {
    return Found.TILES;
  }

  static boolean mayHaveTiles(Path told) {
    try (var lines = Files.newBufferedReader(told, StandardCharsets.ISO_8859_1)) {
      return mayHaveTiles(lines);
    } catch (IOException notTold) {
      return true;
    }
  }

  private static boolean mayHaveTiles(BufferedReader lines) throws IOException {
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("flags")) {
        return line.contains(" amx_tile");
      }
    }
    return true;
  }
}
