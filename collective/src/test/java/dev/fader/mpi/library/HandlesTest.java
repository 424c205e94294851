package dev.fader.mpi.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HandlesTest {
  /// Where Debian's packages have it, and where others do.
  private static final List<Path> HEADERS_OF_MPICH =
      List.of(
          Path.of("/usr/include/x86_64-linux-gnu/mpich/mpi.h"),
          Path.of("/usr/include/aarch64-linux-gnu/mpich/mpi.h"),
          Path.of("/usr/include/mpich-x86_64/mpi.h"));

  /// As the reference header of the MPI Forum and MPICH 5.0.1 have them; a draft of January 2025
  /// had 0x142 for errors, which ends the process now, and 1 for threads.
  @Test
  void theStandardInterfaceIsThatOfMpi5() {
    var standard = Handles.STANDARD;
    assertEquals(0x101, standard.world());
    assertEquals(0x247, standard.bytes());
    assertEquals(0x143, standard.errorsReturn());
    assertEquals(0, standard.statusesIgnored());
    assertEquals(1024, standard.funneled());
    assertEquals(8, standard.requestBytes());
  }

  /// As `mpi.h` of MPICH 4.0.2 has them, where a request is an int.
  @Test
  void thoseOfMpichAreNumbers() {
    var mpich = Handles.MPICH;
    assertEquals(0x44000000, mpich.world());
    assertEquals(0x4c00010d, mpich.bytes());
    assertEquals(0x54000001, mpich.errorsReturn());
    assertEquals(1, mpich.statusesIgnored());
    assertEquals(1, mpich.funneled());
    assertEquals(4, mpich.requestBytes());
  }

  @Test
  void thoseOfMpichAreWhatItsHeaderSays() throws IOException {
    var header = HEADERS_OF_MPICH.stream().filter(Files::exists).findFirst();
    assumeTrue(header.isPresent(), "the header of MPICH is not installed");
    var text = Files.readString(header.get(), StandardCharsets.ISO_8859_1);
    var mpich = Handles.MPICH;
    assertEquals(mpich.world(), defined("MPI_COMM_WORLD", text));
    assertEquals(mpich.bytes(), defined("MPI_BYTE", text));
    assertEquals(mpich.errorsReturn(), defined("MPI_ERRORS_RETURN", text));
    assertEquals(mpich.statusesIgnored(), defined("MPI_STATUSES_IGNORE", text));
    assertEquals(mpich.funneled(), defined("MPI_THREAD_FUNNELED", text));
  }

  /// What a line such as `#define MPI_BYTE ((MPI_Datatype)0x4c00010d)` says.
  private static long defined(String name, String header) {
    var line =
        Pattern.compile("#define\\s+" + name + "\\s+\\(?(?:\\([^)]*\\))?\\s*(0x\\p{XDigit}+|\\d+)")
            .matcher(header);
    assertTrue(line.find(), name);
    return Long.decode(line.group(1));
  }

  @Test
  void thoseOfOpenMpiAreItsOwnObjects() {
    var addresses =
        Map.of(
            "ompi_mpi_comm_world", 0x1000L, "ompi_mpi_byte", 0x2000L, "ompi_mpi_errors_return", 3L);
    var openMpi = Handles.openMpi(name -> MemorySegment.ofAddress(addresses.get(name)));
    assertEquals(new Handles(0x1000, 0x2000, 3, 0, 1, 8), openMpi);
  }
}
