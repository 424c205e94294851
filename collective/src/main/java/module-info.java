/// Groups of processes over MPI, which every cluster has. It loads nothing of MPI unless a launcher
/// such as `mpirun` has started the process.
module dev.fader.mpi {
  requires transitive dev.fader;
  requires static org.jspecify;

  exports dev.fader.mpi;
}
