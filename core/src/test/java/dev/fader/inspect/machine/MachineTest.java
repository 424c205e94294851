package dev.fader.inspect.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
  private static final String MEMINFO =
      """
      MemTotal:       1000 kB
      MemFree:         100 kB
      MemAvailable:    800 kB
      """;

  @TempDir Path root;

  private void write(String file, String text) throws IOException {
    var path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void availableIncludesReclaimable() throws IOException {
    write("proc/meminfo", MEMINFO);
    write("proc/cpuinfo", "processor : 0\nmodel name\t: Some CPU @ 2 GHz\n");
    var machine = Machine.read(root);
    assertEquals("Some CPU @ 2 GHz", machine.processor());
    assertEquals(1000 << 10, machine.memoryBytes());
    assertEquals(800 << 10, machine.availableBytes());
    assertEquals("/proc/meminfo", machine.memorySource());
  }

  @Test
  void controlGroupV2Limits() throws IOException {
    write("proc/meminfo", MEMINFO);
    write("proc/self/cgroup", "0::/outer/inner\n");
    write("sys/fs/cgroup/outer/memory.max", "500000\n");
    write("sys/fs/cgroup/outer/memory.current", "300000\n");
    write("sys/fs/cgroup/outer/memory.stat", "anon 100000\ninactive_file 150000\n");
    write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
    write("sys/fs/cgroup/outer/inner/memory.current", "300000\n");
    var machine = Machine.read(root);
    assertEquals(500_000, machine.memoryBytes());
    assertEquals(350_000, machine.availableBytes(), "500,000 less what is used and no cache");
    assertTrue(machine.memorySource().endsWith("outer/memory.max"), machine.memorySource());
  }

  @Test
  void controlGroupV1Limits() throws IOException {
    write("proc/meminfo", MEMINFO);
    write("proc/self/cgroup", "5:cpu,cpuacct:/box\n4:memory:/box\n");
    write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "400000\n");
    write("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "100000\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", "200000\n");
    var machine = Machine.read(root);
    assertEquals(400_000, machine.memoryBytes());
    assertEquals(300_000, machine.availableBytes());
  }

  @Test
  void hiddenGroupReadsMount() throws IOException {
    write("proc/meminfo", MEMINFO);
    write("proc/self/cgroup", "0::/docker/0123\n");
    write("sys/fs/cgroup/memory.max", "200000\n");
    write("sys/fs/cgroup/memory.current", "50000\n");
    assertEquals(150_000, Machine.read(root).availableBytes());
  }

  @Test
  void nonsenseIsIgnored() throws IOException {
    write("proc/meminfo", MEMINFO);
    write("proc/self/cgroup", "nonsense\n0::/../../etc\n::\n");
    write("sys/fs/cgroup/memory.max", "plenty\n");
    assertEquals(800 << 10, Machine.read(root).availableBytes());
  }

  @Test
  void withoutProcUsesJvm() {
    var machine = Machine.read(root);
    assertEquals("unknown", machine.processor());
    assertTrue(machine.availableBytes() > 0, machine.toString());
    assertTrue(machine.memoryBytes() >= machine.availableBytes(), machine.toString());
  }

  @Test
  void thisMachineHasMemoryAndCores() {
    var machine = Machine.here();
    assertTrue(machine.cores() >= 1, machine.toString());
    assertTrue(machine.availableBytes() > 1 << 20, machine.toString());
  }
}
