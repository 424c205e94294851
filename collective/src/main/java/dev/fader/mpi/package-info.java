/// Ranks that are processes, connected by MPI. The door is [dev.fader.mpi.MpiGroup].
@NullMarked
package dev.fader.mpi;

import org.jspecify.annotations.NullMarked;
