package dev.fader.kernel.onednn;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OneDnnTest {
  @TempDir private Path folder;

  @Test
  void aMissingLibraryIsOneLineThatSaysHowToGetIt() {
    var search = OneDnn.search(List.of("libdnnl.so.999", "libdnnl.so.998"));
    assertTrue(search.library().isEmpty());
    assertEquals(
        "oneDNN is not installed (libdnnl.so.999, libdnnl.so.998 cannot be opened; on Debian and"
            + " Ubuntu: apt install libdnnl2)",
        search.reason());
  }

  @Test
  void aBrokenLibraryIsOneLine() throws Exception {
    var broken = folder.resolve("libdnnl.so.2");
    Files.writeString(broken, "this is no library");
    var search = OneDnn.search(List.of(broken.toString()));
    assertTrue(search.library().isEmpty());
    assertTrue(search.reason().startsWith("oneDNN is not installed (" + broken), search.reason());
  }

  @Test
  void anotherLibraryIsOneLineThatNamesWhatItLacks() {
    // The C library is there wherever Linux is, and has no function of oneDNN's.
    assumeTrue(System.getProperty("os.name").equals("Linux"), "skipped: libc.so.6 is Linux's");
    var search = OneDnn.search(List.of("libc.so.6"));
    assertTrue(search.library().isEmpty());
    assertEquals(
        "oneDNN (libc.so.6) cannot be used: it has no function dnnl_version", search.reason());
  }

  @Test
  void versionsThatAreTooOldOrTooNewAreRefused() {
    assertRefused("it is version 2.4.0: must be 2.5 or later of version 2, or version 3", 2, 4, 2);
    assertRefused("it is version 1.8.0: must be 2.5 or later of version 2, or version 3", 1, 8, 2);
    assertRefused("it is version 4.0.0: must be 2.5 or later of version 2, or version 3", 4, 0, 2);
    assertRefused(
        "it is built for another runtime of threads than OpenMP (dnnl_cpu_runtime_t 4)", 2, 6, 4);
    assertDoesNotThrow(() -> new OneDnn.Version(2, 5, 0, 2).check());
    assertDoesNotThrow(() -> new OneDnn.Version(2, 7, 3, 1).check());
    assertDoesNotThrow(() -> new OneDnn.Version(3, 8, 0, 2).check());
  }

  private static void assertRefused(String message, int major, int minor, int runtime) {
    var version = new OneDnn.Version(major, minor, 0, runtime);
    assertEquals(message, assertThrows(OneDnnException.class, version::check).getMessage());
  }

  @Test
  void theReasonOfAFoundLibraryNamesVersionAndFile() {
    var search = OneDnn.find();
    assumeTrue(search.library().isPresent(), () -> "skipped: " + search.reason());
    assertTrue(search.reason().matches("oneDNN [23]\\.\\d+\\.\\d+ \\(.+, .+\\)"), search.reason());
  }

  /// Windows and macOS look for a mere name in the folder that java was started in, too.
  @Test
  void nothingIsTakenFromTheFolderThatJavaWasStartedIn() {
    assertEquals(List.of("libdnnl.so.3", "libdnnl.so.2"), OneDnn.names("Linux"));
    for (var name : OneDnn.names("Mac OS X")) {
      assertTrue(name.startsWith("/"), name);
    }
    assertEquals(
        "oneDNN is not looked for on this system: name its file by -Dfader.onednn=FILE",
        OneDnn.search(OneDnn.names("Windows 11")).reason());
  }

  @Test
  void onlyLayoutsThatArePackedHereAreTaken() {
    var pairs = PanelType.BFLOAT16;
    var known = layout(List.of(16L, 64L, 2L), List.of(0L, 1L, 0L), 2048);
    assertDoesNotThrow(() -> OneDnn.requireKnown(known, pairs));
    // 24 steps do not divide a panel's depth: the library would read beyond its end.
    for (var other :
        List.of(
            layout(List.of(12L, 64L, 2L), List.of(0L, 1L, 0L), 1536),
            layout(List.of(16L, 48L, 2L), List.of(0L, 1L, 0L), 1536),
            layout(List.of(16L, 64L), List.of(0L, 1L), 1024))) {
      var message =
          assertThrows(OneDnnException.class, () -> OneDnn.requireKnown(other, pairs)).getMessage();
      assertEquals(
          "it lays out weights in a way that is not known here (BFLOAT16, strides %s, inner blocks %s of %s)"
              .formatted(other.strides(), other.sizes(), other.dimensions()),
          message);
    }
  }

  private static Descriptors.Layout layout(List<Long> sizes, List<Long> dimensions, long stride) {
    return new Descriptors.Layout(List.of(stride, 64L), sizes, dimensions);
  }

  @Test
  void whatTheLibraryRefusesIsOneLine() {
    var search = OneDnn.find();
    assumeTrue(search.library().isPresent(), () -> "skipped: " + search.reason());
    var create = search.library().orElseThrow().functions().createStream();
    try (var arena = Arena.ofConfined()) {
      var out = arena.allocate(ValueLayout.ADDRESS);
      var message =
          assertThrows(OneDnnException.class, () -> create.with(out, MemorySegment.NULL, 1))
              .getMessage();
      assertEquals("dnnl_stream_create answers 2 (invalid arguments)", message);
    }
  }

  @Test
  void shapesThatNoKernelHasAreRefused() {
    var message =
        assertThrows(
                IllegalArgumentException.class, () -> new PanelShape(PanelType.BFLOAT16, 32, 33))
            .getMessage();
    assertEquals("no panel of 32 rows over 33", message);
  }
}
