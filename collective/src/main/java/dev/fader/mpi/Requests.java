package dev.fader.mpi;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.fader.mpi.library.MpiLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Messages and operations that are under way, all of one thread.
final class Requests {
  private static final int FIRST_ROOM = 16;

  private final MpiLibrary library;
  private final MemorySegment done = Arena.ofAuto().allocate(JAVA_INT);
  private MemorySegment room;
  private int count;

  Requests(MpiLibrary library) {
    this.library = library;
    this.room = allocated(FIRST_ROOM);
  }

  private MemorySegment allocated(long requests) {
    return Arena.ofAuto().allocate(requests * library.requestBytes(), Long.BYTES);
  }

  /// Where the next one is to be put.
  MemorySegment next() {
    int bytes = library.requestBytes();
    if ((long) count * bytes == room.byteSize()) {
      var larger = allocated(2L * count);
      MemorySegment.copy(room, 0, larger, 0, room.byteSize());
      room = larger;
    }
    return room.asSlice((long) bytes * count++, bytes);
  }

  /// Whether all are done, and forgotten; it is by asking that they get on.
  boolean areDone() {
    if (count > 0 && library.areDone(room, count, done)) {
      count = 0;
    }
    return count == 0;
  }
}
