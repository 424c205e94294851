package dev.fader.mpi.library;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/// What the header `mpi.h` of an implementation has instead of functions.
///
/// @param world `MPI_COMM_WORLD`
/// @param bytes `MPI_BYTE`
/// @param errorsReturn `MPI_ERRORS_RETURN`
/// @param statusesIgnored `MPI_STATUSES_IGNORE`
/// @param funneled `MPI_THREAD_FUNNELED`, one thread that calls MPI among others
/// @param requestBytes of an `MPI_Request`
record Handles(
    long world,
    long bytes,
    long errorsReturn,
    long statusesIgnored,
    int funneled,
    int requestBytes) {
  /// MPICH 3 and 4, and what has its interface: handles are numbers.
  static final Handles MPICH = new Handles(0x44000000, 0x4c00010d, 0x54000001, 1, 1, 4);

  /// The standard binary interface of MPI 5, chapter 20: handles are pointers that hold small
  /// numbers. Drafts of it had other numbers for errors and threads.
  static final Handles STANDARD = new Handles(0x101, 0x247, 0x143, 0, 1024, 8);

  /// Open MPI 4 and 5: handles are the addresses of its own objects.
  static Handles openMpi(Function<String, MemorySegment> symbol) {
    return new Handles(
        symbol.apply("ompi_mpi_comm_world").address(),
        symbol.apply("ompi_mpi_byte").address(),
        symbol.apply("ompi_mpi_errors_return").address(),
        0,
        1,
        8);
  }
}
