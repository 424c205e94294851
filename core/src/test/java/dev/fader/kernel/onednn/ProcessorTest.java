package dev.fader.kernel.onednn;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessorTest {
  @TempDir private Path folder;

  private boolean mayHaveTiles(String told) throws IOException {
    return Processor.mayHaveTiles(Files.writeString(folder.resolve("cpuinfo"), told));
  }

  @Test
  void onlyListsWithoutTilesRuleThemOut() throws IOException {
    var first = "processor\t: 0\nmodel name\t: EPYC\n";
    assertFalse(mayHaveTiles(first + "flags\t\t: fpu avx512f avx512_bf16\n"));
    assertTrue(mayHaveTiles(first + "flags\t\t: fpu amx_bf16 avx512f amx_tile amx_int8\n"));
    assertTrue(mayHaveTiles(first + "Features\t: asimd bf16\n")); // of another processor
    assertTrue(Processor.mayHaveTiles(folder.resolve("missing")));
  }
}
