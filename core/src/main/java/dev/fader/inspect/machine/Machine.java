package dev.fader.inspect.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// The resources of this machine that are available to the process.
///
/// @param processor name of the processor, `unknown` if the system does not report it
/// @param cores processors this process may run on
/// @param memoryBytes the most memory the process may have: the machine's, or the limit of its
///   container
/// @param availableBytes how much of that can be allocated now without swapping
/// @param memorySource the source of the last number
public record Machine(
    String processor, int cores, long memoryBytes, long availableBytes, String memorySource) {

  /// This machine.
  public static Machine here() {
    return read(Path.of("/"));
  }

  /// The machine whose `/proc` and `/sys` are under `root`.
  static Machine read(Path root) {
    var memory = memory(root);
    return new Machine(
        processor(root),
        Runtime.getRuntime().availableProcessors(),
        memory.total,
        memory.available,
        memory.source);
  }

  private record Memory(long total, long available, String source) {
    Memory smaller(Memory other) {
      return new Memory(
          Math.min(total, other.total),
          Math.min(available, other.available),
          other.available < available ? other.source : source);
    }
  }

  private static Memory memory(Path root) {
    var machine = meminfo(root).orElseGet(Machine::virtualMachineMemory);
    return controlGroups(root).reduce(machine, Memory::smaller);
  }

  private static Optional<Memory> meminfo(Path root) {
    var lines = lines(root.resolve("proc/meminfo"));
    var total = kibibytes(lines, "MemTotal:");
    var available = kibibytes(lines, "MemAvailable:");
    return total.isPresent() && available.isPresent()
        ? Optional.of(new Memory(total.getAsLong(), available.getAsLong(), "/proc/meminfo"))
        : Optional.empty();
  }

  private static OptionalLong kibibytes(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(key.length()).replace("kB", "").strip())
        .flatMapToLong(text -> number(text).stream())
        .map(kibibytes -> kibibytes << 10)
        .findFirst();
  }

  /// The JVM's numbers, for systems without `/proc`; they do not include reclaimable memory.
  private static Memory virtualMachineMemory() {
    var system = java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    if (system instanceof com.sun.management.OperatingSystemMXBean memory) {
      return new Memory(
          memory.getTotalMemorySize(), memory.getFreeMemorySize(), "the operating system");
    }
    long heap = Runtime.getRuntime().maxMemory();
    return new Memory(heap, heap, "the heap's limit");
  }

  /// The limits of the process's control group and its ancestors.
  private static Stream<Memory> controlGroups(Path root) {
    return lines(root.resolve("proc/self/cgroup")).stream()
        .map(line -> line.split(":", 3))
        .filter(parts -> parts.length == 3)
        .flatMap(parts -> limits(root.resolve("sys/fs/cgroup"), parts[1], parts[2]));
  }

  private static Stream<Memory> limits(Path mount, String controllers, String group) {
    if (controllers.isEmpty()) {
      var files = new ControlGroupFiles("memory.max", "memory.current", "inactive_file ");
      return upwards(mount, group).flatMap(folder -> files.read(folder).stream());
    }
    if (List.of(controllers.split(",")).contains("memory")) {
      var files =
          new ControlGroupFiles(
              "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ");
      return upwards(mount.resolve("memory"), group).flatMap(folder -> files.read(folder).stream());
    }
    return Stream.empty();
  }

  /// The folder of a group and its ancestors; inside a container only the mount exists, not the
  /// group's own path.
  private static Stream<Path> upwards(Path mount, String group) {
    var inside = mount.resolve(group.startsWith("/") ? group.substring(1) : group).normalize();
    return Stream.iterate(
        inside, folder -> folder != null && folder.startsWith(mount), Path::getParent);
  }

  /// The files of the two versions of control groups for limit, use, and reclaimable cache.
  private record ControlGroupFiles(String limit, String use, String cache) {
    Optional<Memory> read(Path folder) {
      var limitBytes = first(folder.resolve(limit));
      var usedBytes = first(folder.resolve(use));
      if (limitBytes.isEmpty() || usedBytes.isEmpty()) {
        return Optional.empty();
      }
      long cached =
          lines(folder.resolve("memory.stat")).stream()
              .filter(line -> line.startsWith(cache))
              .flatMapToLong(line -> number(line.substring(cache.length())).stream())
              .findFirst()
              .orElse(0);
      long used = Math.max(0, usedBytes.getAsLong() - cached);
      long most = limitBytes.getAsLong();
      return Optional.of(
          new Memory(most, Math.max(0, most - used), folder.resolve(limit).toString()));
    }

    private static OptionalLong first(Path file) {
      var lines = lines(file);
      return lines.isEmpty() ? OptionalLong.empty() : number(lines.getFirst());
    }
  }

  private static String processor(Path root) {
    return lines(root.resolve("proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }

  private static OptionalLong number(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text.strip()));
    } catch (NumberFormatException notANumber) {
      return OptionalLong.empty();
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException missing) {
      return List.of();
    }
  }
}
