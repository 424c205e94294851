package dev.fader.mpi;

import dev.fader.mpi.library.MpiLibrary;
import java.util.List;
import java.util.stream.Stream;

/// What starts the ranks of a group, as it shows itself in their environment.
public enum Launcher {
  /// Of Open MPI.
  MPIRUN("mpirun of Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),

  /// Of MPICH and its relatives, and `srun --mpi=pmi2`.
  MPIEXEC("mpiexec of MPICH", "PMI_RANK", "PMI_SIZE"),

  /// Of Slurm.
  SRUN("srun of Slurm", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS");

  final String title;
  final String rank;
  final String size;

  Launcher(String title, String rank, String size) {
    this.title = title;
    this.rank = rank;
    this.size = size;
  }

  /// Names of the libraries that it can connect, in the order in which they are to be tried.
  List<String> libraries() {
    return switch (this) {
      case MPIRUN -> MpiLibrary.OPEN_MPI;
      case MPIEXEC -> MpiLibrary.MPICH;
      case SRUN ->
          Stream.of(MpiLibrary.OPEN_MPI, MpiLibrary.MPICH)
              .flatMap(List::stream)
              .distinct()
              .toList();
    };
  }

  /// What to install for it.
  String advice() {
    return switch (this) {
      case MPIRUN -> "on Debian and Ubuntu: apt install openmpi-bin";
      case MPIEXEC -> "on Debian and Ubuntu: apt install mpich";
      case SRUN -> "srun --mpi=list tells what it can connect; see also: module avail mpi";
    };
  }
}
