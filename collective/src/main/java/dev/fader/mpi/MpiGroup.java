package dev.fader.mpi;

import dev.fader.collective.CollectiveException;
import dev.fader.collective.Parts;
import dev.fader.collective.ProcessGroup;
import dev.fader.mpi.library.Mail;
import dev.fader.mpi.library.MpiLibrary;
import dev.fader.mpi.library.MpiUnavailable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// This process as a rank of a group that `mpirun`, or another launcher, has started.
///
/// ```
/// var launch = Launch.found();
/// try (Collective group = launch.isPresent() ? MpiGroup.open(launch.get()) : Collective.alone()) {
///   ...
/// }
/// ```
///
/// One thread of this process calls MPI. A rank that is gone, or that hangs, is named and ends the
/// others as [Patience] has it; so does [#abort], after one line on the standard error. All of a
/// part is one message, unless it is longer than MPI's numbers reach.
public final class MpiGroup implements ProcessGroup {
  private static final int TAG = 0;
  private static final int HOST_BYTES = 256;
  private static final String UNIVERSAL_ADVICE =
      "or name the file by -D%s=FILE in FADER_OPTS".formatted(MpiLibrary.PROPERTY);

  private final MpiThread thread;
  private final MpiLibrary library;
  private final int mostBytes;
  private final String engine;
  private final int rank;
  private final int size;
  private final List<String> hosts; // by rank
  private boolean isClosed;

  private MpiGroup(MpiThread thread, MpiLibrary library, int mostBytes) {
    this.thread = thread;
    this.library = library;
    this.mostBytes = mostBytes;
    engine = library.version();
    rank = thread.ask(library::rank);
    size = thread.ask(library::size);
    hosts = new ArrayList<>(Collections.nCopies(size, ""));
  }

  /// Connects this rank with the others, with the patience that the property says.
  ///
  /// @throws CollectiveException as the other one does
  public static MpiGroup open(Launch launch) {
    return open(launch, Patience.ofProperty());
  }

  /// Connects this rank with the others. Once in a process.
  ///
  /// @throws CollectiveException if no library of MPI can be used, or if it is not the one that the
  ///   launcher connects
  public static MpiGroup open(Launch launch, Patience patience) {
    return open(launch, patience, Integer.MAX_VALUE);
  }

  /// @param mostBytes of a message
  static MpiGroup open(Launch launch, Patience patience, int mostBytes) {
    MpiLibrary library;
    try {
      library = MpiLibrary.open(launch.launcher().libraries());
    } catch (MpiUnavailable unusable) {
      throw new CollectiveException(
          "%s has started %d ranks, but there is no MPI to connect them: %s (%s; %s)"
              .formatted(
                  launch.launcher().title,
                  launch.size(),
                  unusable.getMessage(),
                  launch.launcher().advice(),
                  UNIVERSAL_ADVICE),
          unusable);
    }
    var thread = new MpiThread(library);
    thread.ask(() -> {
      library.initialize();
      return true;
    });
    var group = new MpiGroup(thread, library, mostBytes);
    if (group.size != launch.size()) {
      throw new CollectiveException(
          "%s has started %d ranks, but %s (%s) connects %d: they are of different MPIs; start with the launcher of that library, or have the one of the launcher (%s; %s)"
              .formatted(
                  launch.launcher().title,
                  launch.size(),
                  group.engine,
                  library.file(),
                  group.size,
                  launch.launcher().advice(),
                  UNIVERSAL_ADVICE));
    }
    group.meet();
    thread.watch(group.rank, group.hosts, patience);
    return group;
  }

  /// The library that would connect ranks here, with its version, where there is one.
  public static Optional<String> installed() {
    try {
      var library = MpiLibrary.open(Launcher.SRUN.libraries());
      return Optional.of("%s (%s)".formatted(library.version(), library.file()));
    } catch (MpiUnavailable none) {
      return Optional.empty();
    }
  }

  /// Learns the hosts of all.
  private void meet() {
    try (var arena = Arena.ofConfined()) {
      var bytes = new long[size];
      Arrays.fill(bytes, HOST_BYTES);
      var all = arena.allocate((long) HOST_BYTES * size);
      var own = arena.allocate(HOST_BYTES);
      var name = thread.ask(library::host).getBytes(StandardCharsets.UTF_8);
      MemorySegment.copy(
          MemorySegment.ofArray(name), 0, own, 0, Math.min(name.length, HOST_BYTES - 1));
      allGather(own, all, bytes);
      for (int r = 0; r < size; r++) {
        hosts.set(r, all.asSlice((long) r * HOST_BYTES, HOST_BYTES).getString(0));
      }
    }
  }

  @Override
  public String engine() {
    return engine;
  }

  @Override
  public String host() {
    return hosts.get(rank);
  }

  /// The machines of all, by rank.
  public List<String> hosts() {
    return Collections.unmodifiableList(hosts);
  }

  /// How many ranks share this one's machine, itself among them.
  public int ranksHere() {
    return Collections.frequency(hosts, host());
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  /// Each part is a message of its own: the collective call of MPI counts in ints where in the
  /// whole segment a part starts, which is too few for a large model, and sends the same messages.
  @Override
  public void allToAll(
      MemorySegment sent, long[] sentBytes, MemorySegment received, long[] receivedBytes) {
    require(sent);
    require(received);
    Parts.require(sentBytes, sent, this);
    Parts.require(receivedBytes, received, this);
    Parts.requireSame(rank, sentBytes[rank], receivedBytes[rank]);
    part(received, receivedBytes, rank).copyFrom(part(sent, sentBytes, rank));
    thread.run(
        Parts.start(sentBytes, size) + Parts.start(receivedBytes, size),
        requests -> {
          receiveAll(received, receivedBytes, requests);
          for (int distance = 1; distance < size; distance++) { // not all to the same rank at once
            int to = (rank + distance) % size;
            send(part(sent, sentBytes, to), to, requests);
          }
        });
  }

  @Override
  public void allGather(MemorySegment part, MemorySegment all, long[] bytes) {
    require(part);
    require(all);
    Parts.require(bytes, all, this);
    Parts.requireSame(rank, part.byteSize(), bytes[rank]);
    part(all, bytes, rank).copyFrom(part);
    thread.run(
        Parts.start(bytes, size) + size * part.byteSize(),
        requests -> {
          receiveAll(all, bytes, requests);
          for (int distance = 1; distance < size; distance++) {
            send(part, (rank + distance) % size, requests);
          }
        });
  }

  private void receiveAll(MemorySegment parts, long[] bytes, Requests requests) {
    for (int distance = 1; distance < size; distance++) {
      int from = Math.floorMod(rank - distance, size);
      for (var message : messages(part(parts, bytes, from))) {
        library.receive(message, new Mail(from, TAG), requests.next());
      }
    }
  }

  private void send(MemorySegment part, int to, Requests requests) {
    for (var message : messages(part)) {
      library.send(message, new Mail(to, TAG), requests.next());
    }
  }

  private static MemorySegment part(MemorySegment parts, long[] bytes, int rank) {
    return parts.asSlice(Parts.start(bytes, rank), bytes[rank]);
  }

  private List<MemorySegment> messages(MemorySegment part) {
    var messages = new ArrayList<MemorySegment>();
    for (long at = 0; at < part.byteSize(); at += mostBytes) {
      messages.add(part.asSlice(at, Math.min(mostBytes, part.byteSize() - at)));
    }
    return messages;
  }

  @Override
  public void broadcast(MemorySegment bytes, int root) {
    require(bytes);
    Parts.requireRank(root, this);
    for (var message : messages(bytes)) {
      thread.run(message.byteSize(), requests -> library.broadcast(message, root, requests.next()));
    }
  }

  @Override
  public void barrier() {
    thread.run(0, requests -> {}); // which waits for all before it does nothing
  }

  private static void require(MemorySegment segment) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException(
          "a segment on the heap: MPI needs one that stays where it is");
    }
  }

  /// Writes `reason` to the standard error, after the rank and its host, and ends the processes of
  /// all ranks. Does not return.
  @Override
  public void abort(String reason) {
    thread.abort(reason);
  }

  /// Returns when all ranks have come here.
  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      thread.finish();
    }
  }
}
