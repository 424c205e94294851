package dev.fader.app.cli.option;

import dev.fader.app.cli.terminal.Failures;
import dev.fader.collective.Collective;
import dev.fader.collective.CollectiveException;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.mpi.Launch;
import dev.fader.mpi.MpiGroup;
import dev.fader.train.Ranks;
import dev.fader.train.TrainingException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/// The processes that a launcher has started with the same command, as one of them sees them; a
/// process that was started alone is a group of one. The first prepares and decides; what it has
/// found out about the machine, the others take from it, so that all decide the same.
public final class LaunchedRanks implements AutoCloseable {
  private static final Duration FIRST_ONE_TELLS = Duration.ofSeconds(3);
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String PROCESSORS = "Cpus_allowed_list:";

  private final Collective group;
  private final RankOptions options;
  private final int sharing;

  private LaunchedRanks(Collective group, RankOptions options) {
    this.group = group;
    this.options = options;
    this.sharing = group.size() == 1 ? 1 : sharing();
  }

  static LaunchedRanks join(RankOptions options) {
    var launch = Launch.found();
    return new LaunchedRanks(launch.isPresent() ? open(launch.get()) : Collective.alone(), options);
  }

  /// What keeps one from the group keeps all.
  private static Collective open(Launch launch) {
    try {
      return MpiGroup.open(launch);
    } catch (CollectiveException failed) {
      letFirstTell(launch);
      throw failed;
    }
  }

  /// The launcher ends all when the first has said why it failed.
  static void letFirstTell(Launch launch) {
    if (launch.rank() > 0) {
      LockSupport.parkNanos(FIRST_ONE_TELLS.toNanos());
    }
  }

  /// How many ranks compute on the processors of this one. A launcher may have given each its own.
  private int sharing() {
    var host = group instanceof MpiGroup processes ? processes.host() : "";
    var own = host + " " + processors();
    return (int) fromAll(own).stream().filter(own::equals).count();
  }

  private static String processors() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(PROCESSORS))
          .findFirst()
          .orElse("");
    } catch (IOException notLinux) {
      return "";
    }
  }

  /// Whether this one prints, and writes what is learned.
  public boolean leads() {
    return group.rank() == 0;
  }

  /// Ranks of the group.
  public int size() {
    return group.size();
  }

  /// How many processes share the machine of this rank.
  public EngineOptions.Share share() {
    return new EngineOptions.Share(sharing, ranksHere());
  }

  /// For the run.
  ///
  /// @throws TrainingException if the options say what cannot be
  public Ranks ranks() {
    return new Ranks(group, options.sharding(), options.localSteps());
  }

  private int ranksHere() {
    return group instanceof MpiGroup processes ? processes.ranksHere() : 1;
  }

  /// For the others: returns when the first has called [#isPrepared()], after which they find in
  /// files what it made.
  public void awaitFirst() {
    if (!leads()) {
      group.barrier();
    }
  }

  /// For the first.
  public void isPrepared() {
    if (leads()) {
      group.barrier();
    }
  }

  /// Returns when all have come here: nothing is deleted while one of them may still refuse.
  public void awaitAll() {
    group.barrier();
  }

  /// Of a machine, what a rank may take.
  public Machine share(Machine machine) {
    return new Machine(
        machine.processor(),
        machine.cores(),
        machine.memoryBytes(),
        machine.availableBytes() / ranksHere(),
        machine.memorySource());
  }

  /// The machine of the first, for what all must decide alike.
  public Machine first(Machine own) {
    if (group.size() == 1) {
      return own;
    }
    var told =
        fromFirst(
                "%d\n%d\n%d\n%s\n%s"
                    .formatted(
                        own.cores(),
                        own.memoryBytes(),
                        own.availableBytes(),
                        own.memorySource(),
                        own.processor()))
            .split("\n", -1);
    return new Machine(
        told[4],
        Integer.parseInt(told[0]),
        Long.parseLong(told[1]),
        Long.parseLong(told[2]),
        told[3]);
  }

  /// The time of the first, which texts may tell.
  public LocalDateTime first(LocalDateTime own) {
    return LocalDateTime.parse(fromFirst(own.toString()));
  }

  /// The speed of the first.
  public MachineSpeed first(MachineSpeed own) {
    var told = fromFirst(own.flopsPerSecond() + " " + own.bytesPerSecond()).split(" ", -1);
    return new MachineSpeed(Double.parseDouble(told[0]), Double.parseDouble(told[1]));
  }

  /// Makes sure that what must be the same on all ranks is what the first has.
  ///
  /// @param facts by what they are
  /// @throws CollectiveException that names what differs
  public void requireSame(Map<String, String> facts) {
    var own = new ArrayList<String>();
    facts.forEach((name, value) -> own.add(name + " " + value.replace('\n', ' ')));
    var first = fromFirst(String.join("\n", own)).split("\n", -1);
    for (int i = 0; i < Math.max(own.size(), first.length); i++) {
      var here = i < own.size() ? own.get(i) : "nothing";
      var there = i < first.length ? first[i] : "nothing";
      if (!here.equals(there)) {
        throw new CollectiveException(
            "it has %s, and rank 0 has %s: all ranks must have the same".formatted(here, there));
      }
    }
  }

  private String fromFirst(String own) {
    if (group.size() == 1) {
      return own;
    }
    try (var arena = Arena.ofConfined()) {
      var bytes = own.getBytes(StandardCharsets.UTF_8);
      var length = arena.allocateFrom(ValueLayout.JAVA_INT, bytes.length);
      group.broadcast(length, 0);
      var text = arena.allocate(length.get(ValueLayout.JAVA_INT, 0));
      if (leads()) {
        text.copyFrom(MemorySegment.ofArray(bytes));
      }
      group.broadcast(text, 0);
      return new String(text.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
  }

  private List<String> fromAll(String own) {
    var texts = new String[group.size()];
    try (var arena = Arena.ofConfined()) {
      var bytes = own.getBytes(StandardCharsets.UTF_8);
      var lengths = arena.allocate(ValueLayout.JAVA_INT, texts.length);
      var each = new long[texts.length];
      Arrays.fill(each, Integer.BYTES);
      group.allGather(arena.allocateFrom(ValueLayout.JAVA_INT, bytes.length), lengths, each);
      long sum = 0;
      for (int r = 0; r < texts.length; r++) {
        each[r] = lengths.getAtIndex(ValueLayout.JAVA_INT, r);
        sum += each[r];
      }
      var all = arena.allocate(sum);
      group.allGather(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), all, each);
      long at = 0;
      for (int r = 0; r < texts.length; r++) {
        texts[r] =
            new String(
                all.asSlice(at, each[r]).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        at += each[r];
      }
    }
    return List.of(texts);
  }

  /// Ends the other ranks, which would wait for this one; a group of one, not. Does not return from
  /// processes, whose launcher is told by the one line of it.
  public void fail(Throwable failure) {
    if (group.size() > 1) {
      Launch.found().ifPresent(LaunchedRanks::letFirstTell); // what all find wrong, once
      group.abort(Failures.message(failure));
    }
  }

  /// Whether there are others, told in a line; or that there are none to share with.
  public Optional<String> notice() {
    if (group.size() == 1) {
      return options.noticeAlone();
    }
    return group instanceof MpiGroup processes
        ? Optional.of(
            "%d ranks on %d machine%s, connected by %s"
                .formatted(
                    processes.size(),
                    processes.hosts().stream().distinct().count(),
                    processes.hosts().stream().distinct().count() == 1 ? "" : "s",
                    processes.engine()))
        : Optional.empty();
  }

  /// Leaves the group when all have come here.
  @Override
  public void close() {
    group.close();
  }
}
