package dev.fader.mpi.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class MpiLibraryTest {
  @Test
  void versionsAreShort() {
    assertEquals(
        "Open MPI 4.1.4",
        MpiLibrary.version(
            "Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022"));
    assertEquals(
        "MPICH 4.0.2",
        MpiLibrary.version("MPICH Version:      4.0.2\nMPICH Release date: Thu Apr  7 2022\n"));
    assertEquals(
        "Intel MPI Library 2021.10",
        MpiLibrary.version("Intel(R) MPI Library 2021.10 for Linux* OS\n"));
    assertEquals("Another 1.0", MpiLibrary.version("Another 1.0\nbuilt today\n"));
    assertEquals("MPI", MpiLibrary.version(""));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aMissingLibraryIsTold() {
    var missing =
        assertThrows(
            MpiUnavailable.class,
            () -> MpiLibrary.openFirst(List.of("libnowhere.so.1", "libnever.so.2")));
    assertTrue(missing.getMessage().contains("libnowhere.so.1: "), missing.getMessage());
    assertTrue(missing.getMessage().contains("; libnever.so.2: "), missing.getMessage());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void anotherLibraryIsTold() {
    var other =
        assertThrows(MpiUnavailable.class, () -> MpiLibrary.openFirst(List.of("libm.so.6")));
    assertEquals("libm.so.6 has no symbol MPI_Initialized", other.getMessage());
  }
}
