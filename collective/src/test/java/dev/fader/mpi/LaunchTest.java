package dev.fader.mpi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LaunchTest {
  @Test
  void everyLauncherIsKnownByItsVariables() {
    assertEquals(
        Optional.of(new Launch(Launcher.MPIRUN, 3, 4)),
        Launch.found(Map.of("OMPI_COMM_WORLD_RANK", "3", "OMPI_COMM_WORLD_SIZE", "4")));
    assertEquals(
        Optional.of(new Launch(Launcher.MPIEXEC, 0, 2)),
        Launch.found(Map.of("PMI_RANK", "0", "PMI_SIZE", "2")));
    assertEquals(
        Optional.of(new Launch(Launcher.SRUN, 12, 1000)),
        Launch.found(Map.of("SLURM_PROCID", "12", "SLURM_STEP_NUM_TASKS", "1000")));
  }

  /// As where `mpirun` runs within a step of Slurm's.
  @Test
  void theInnermostLauncherCounts() {
    assertEquals(
        Optional.of(new Launch(Launcher.MPIRUN, 1, 4)),
        Launch.found(
            Map.of(
                "OMPI_COMM_WORLD_RANK",
                "1",
                "OMPI_COMM_WORLD_SIZE",
                "4",
                "SLURM_PROCID",
                "0",
                "SLURM_STEP_NUM_TASKS",
                "2")));
  }

  @Test
  void oneProcessIsAlone() {
    assertEquals(Optional.empty(), Launch.found(Map.of()));
    assertEquals(
        Optional.empty(),
        Launch.found(Map.of("OMPI_COMM_WORLD_RANK", "0", "OMPI_COMM_WORLD_SIZE", "1")));
    assertEquals( // in a batch script, which is no rank
        Optional.empty(), Launch.found(Map.of("SLURM_PROCID", "0", "SLURM_NTASKS", "4")));
  }

  @Test
  void nonsenseIsNoLauncher() {
    assertEquals(Optional.empty(), Launch.found(Map.of("PMI_RANK", "2", "PMI_SIZE", "2")));
    assertEquals(Optional.empty(), Launch.found(Map.of("PMI_RANK", "-1", "PMI_SIZE", "2")));
    assertEquals(Optional.empty(), Launch.found(Map.of("PMI_RANK", "", "PMI_SIZE", "two")));
    assertEquals(
        Optional.empty(),
        Launch.found(Map.of("PMI_RANK", "1", "PMI_SIZE", "99999999999999999999")));
  }
}
