/// The library of MPI that a machine has, found, told apart from its relatives and called by
/// `java.lang.foreign`. The door is [dev.fader.mpi.library.MpiLibrary].
@NullMarked
package dev.fader.mpi.library;

import org.jspecify.annotations.NullMarked;
