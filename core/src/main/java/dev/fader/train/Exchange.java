package dev.fader.train;

import dev.fader.collective.Collective;
import dev.fader.kernel.optimizer.Updates;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// What the ranks of a group give each other, in buckets of bounded size, through memory that is
/// taken once. What is begun goes on while the rank computes, and all else waits for it.
final class Exchange implements AutoCloseable {
  /// Numbers of a bucket at most: 8 MB keep a network busy, and are little beside a model.
  static final long BUCKET = 2 << 20;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

  private final Collective group;
  private final WaitingClock clock = new WaitingClock();
  private final ExchangeThread thread;
  private final Updates updates;
  private final MemorySegment sent;
  private final MemorySegment received;

  /// Some stretches of every rank, one rank's behind the other's.
  ///
  /// @param bytes by rank
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Bucket(List<Stretch> stretches, long[] bytes) {
    private static Bucket of(List<Stretch> stretches, int ranks) {
      var bytes = new long[ranks];
      for (var stretch : stretches) {
        bytes[stretch.owner()] += stretch.count() * Float.BYTES;
      }
      return new Bucket(stretches, bytes);
    }
  }

  /// Where the numbers of stretches are.
  interface Numbers {
    /// The numbers of a stretch: (count).
    Tensor of(Stretch stretch);
  }

  /// The memory that exchanges take.
  ///
  /// @param sent bytes of what a rank sends at a time
  /// @param received bytes of what it receives
  record Room(long sent, long received) {
    /// @param longs that are gathered besides, at most, on all ranks together
    static Room of(List<Bucket> buckets, int ranks, long longs) {
      long sent = longs * Long.BYTES;
      long received = sent;
      for (var bucket : buckets) {
        sent = Math.max(sent, Arrays.stream(bucket.bytes).sum());
        received = Math.max(received, ranks * Arrays.stream(bucket.bytes).max().orElse(0));
      }
      return new Room(sent, received);
    }
  }

  /// Takes its memory from `arena`.
  Exchange(Collective group, Updates updates, Room room, TensorArena arena) {
    this.group = group;
    this.thread = new ExchangeThread(group, clock);
    this.updates = updates.inOneThread();
    this.sent = arena.allocate(DType.INT8, Shape.of(room.sent)).segment();
    this.received = arena.allocate(DType.INT8, Shape.of(room.received)).segment();
  }

  /// Begins exchanges that go on while this rank computes.
  void begin(Runnable exchanges) {
    thread.begin(exchanges);
  }

  /// Returns when what was begun is over.
  void await() {
    thread.await();
  }

  /// Whether something that was begun is not over.
  boolean isBusy() {
    return thread.isBusy();
  }

  /// Which counts how long this rank waits for others, and for what comes from them.
  WaitingClock clock() {
    return clock;
  }

  @Override
  public void close() {
    thread.close();
  }

  /// These stretches in buckets of which all ranks own about as much, so that all are busy.
  ///
  /// @param most numbers of a bucket, unless there are more ranks
  static List<Bucket> buckets(List<Stretch> stretches, int ranks, long most) {
    long each = Math.max(1, most / ranks);
    var waiting = new ArrayList<Deque<Stretch>>();
    for (int rank = 0; rank < ranks; rank++) {
      waiting.add(new ArrayDeque<>());
    }
    stretches.forEach(stretch -> waiting.get(stretch.owner()).add(stretch));
    var buckets = new ArrayList<Bucket>();
    while (waiting.stream().anyMatch(queue -> !queue.isEmpty())) {
      var filled = new ArrayList<Stretch>();
      waiting.forEach(queue -> move(queue, each, filled));
      buckets.add(Bucket.of(filled, ranks));
    }
    return buckets;
  }

  private static void move(Deque<Stretch> from, long most, List<Stretch> to) {
    long room = most;
    while (room > 0 && !from.isEmpty()) {
      var next = from.remove();
      long count = Math.min(room, next.count());
      to.add(next.part(0, count));
      if (count < next.count()) {
        from.addFirst(next.part(count, next.count() - count));
      }
      room -= count;
    }
  }

  /// What owners have added up.
  ///
  /// @param before what they had; nothing if the first numbers begin the sum
  /// @param now where the sum goes
  record Sums(Optional<Numbers> before, Numbers now) {}

  /// Adds the numbers of the first `givers` ranks to what the owners have, in the order of the
  /// ranks.
  ///
  /// @param numbers that this rank gives, if it does
  /// @param sums of what this rank owns
  void sum(Bucket bucket, int givers, Numbers numbers, Sums sums) {
    try (var _ = thread.turn()) {
      boolean gives = group.rank() < givers;
      if (gives) {
        long at = 0;
        for (var stretch : bucket.stretches) {
          at = stage(numbers.of(stretch), at);
        }
      }
      long own = bucket.bytes[group.rank()];
      var parts = new long[group.size()];
      Arrays.fill(parts, 0, givers, own);
      group.allToAll(sent, gives ? bucket.bytes : new long[group.size()], received, parts);
      long at = 0;
      for (var stretch : bucket.stretches) {
        if (stretch.owner() == group.rank()) {
          add(stretch, at, own, givers, sums);
          at += stretch.count() * Float.BYTES;
        }
      }
    }
  }

  /// @param at where the stretch begins in each rank's part, which is `part` bytes long
  private void add(Stretch stretch, long at, long part, int givers, Sums sums) {
    var sum = sums.now.of(stretch);
    if (sums.before.isPresent()) {
      var before = sums.before.get().of(stretch);
      if (!before.segment().equals(sum.segment())) {
        sum.copyFrom(before);
      }
    }
    for (int rank = 0; rank < givers; rank++) {
      var more = received.asSlice(rank * part + at, stretch.count() * Float.BYTES);
      if (rank == 0 && sums.before.isEmpty()) {
        sum.segment().copyFrom(more);
      } else {
        updates.add(new Tensor(DType.FLOAT32, sum.shape(), more), sum);
      }
    }
  }

  /// Gives all ranks the numbers that the owners have.
  void gather(Bucket bucket, Numbers numbers) {
    gather(bucket, numbers, numbers, false);
  }

  /// The same where the numbers of all ranks, this one's too, go elsewhere.
  ///
  /// @param owned of this rank
  void gather(Bucket bucket, Numbers owned, Numbers numbers) {
    gather(bucket, owned, numbers, true);
  }

  private void gather(Bucket bucket, Numbers owned, Numbers numbers, boolean elsewhere) {
    try (var _ = thread.turn()) {
      long at = 0;
      for (var stretch : bucket.stretches) {
        at = stretch.owner() == group.rank() ? stage(owned.of(stretch), at) : at;
      }
      group.allGather(sent.asSlice(0, at), received, bucket.bytes);
      at = 0;
      for (var stretch : bucket.stretches) {
        long bytes = stretch.count() * Float.BYTES;
        if (elsewhere || stretch.owner() != group.rank()) {
          numbers.of(stretch).segment().copyFrom(received.asSlice(at, bytes));
        }
        at += bytes;
      }
    }
  }

  private long stage(Tensor numbers, long at) {
    long bytes = numbers.segment().byteSize();
    MemorySegment.copy(numbers.segment(), 0, sent, at, bytes);
    return at + bytes;
  }

  /// The rows of all microbatches of a step, in their order.
  ///
  /// @param own of this rank's, all of one length
  long[][] gather(long[][] own, Turns turns) {
    try (var _ = thread.turn()) {
      int columns = own[0].length;
      long at = 0;
      for (long[] row : own) {
        MemorySegment.copy(row, 0, sent, LONG, at, columns);
        at += (long) columns * Long.BYTES;
      }
      var bytes = new long[group.size()];
      for (int rank = 0; rank < bytes.length; rank++) {
        bytes[rank] = (long) turns.countOf(rank) * columns * Long.BYTES;
      }
      group.allGather(sent.asSlice(0, at), received, bytes);
      var all = new long[turns.microbatches()][columns];
      long start = 0;
      for (int rank = 0; rank < bytes.length; rank++) {
        for (int i = 0; i < turns.countOf(rank); i++) {
          long row = start + (long) i * columns * Long.BYTES;
          MemorySegment.copy(received, LONG, row, all[i * bytes.length + rank], 0, columns);
        }
        start += bytes[rank];
      }
      return all;
    }
  }

  /// The numbers of all ranks, one rank's behind the other's.
  ///
  /// @param own of this rank, at the beginning of an array
  /// @param counts by rank
  double[] gather(double[] own, int[] counts) {
    try (var _ = thread.turn()) {
      int count = counts[group.rank()];
      MemorySegment.copy(own, 0, sent, DOUBLE, 0, count);
      var bytes = new long[counts.length];
      for (int rank = 0; rank < counts.length; rank++) {
        bytes[rank] = (long) counts[rank] * Double.BYTES;
      }
      group.allGather(sent.asSlice(0, bytes[group.rank()]), received, bytes);
      var all = new double[Arrays.stream(counts).sum()];
      MemorySegment.copy(received, DOUBLE, 0, all, 0, all.length);
      return all;
    }
  }

  /// Numbers on their way from one rank to another.
  interface Bytes {
    void take(MemorySegment bytes) throws IOException;
  }

  /// Gives the first rank the numbers of a stretch, piece by piece in their order, which `sink`
  /// takes there.
  ///
  /// @param numbers which the owner has
  void collect(Stretch stretch, Numbers numbers, Bytes sink) throws IOException {
    try (var _ = thread.turn()) {
      for (var piece : pieces(stretch)) {
        long bytes = piece.count() * Float.BYTES;
        if (piece.owner() == 0) {
          if (group.rank() == 0) {
            sink.take(numbers.of(piece).segment());
          }
          continue;
        }
        var out = new long[group.size()];
        var in = new long[group.size()];
        if (group.rank() == piece.owner()) {
          stage(numbers.of(piece), 0);
          out[0] = bytes;
        }
        if (group.rank() == 0) {
          in[piece.owner()] = bytes;
        }
        group.allToAll(sent, out, received, in);
        if (group.rank() == 0) {
          sink.take(received.asSlice(0, bytes));
        }
      }
    }
  }

  /// Gives the owner the numbers of a stretch, which `source` has on the first rank.
  ///
  /// @param numbers where the owner has them
  void hand(Stretch stretch, Numbers source, Numbers numbers) {
    try (var _ = thread.turn()) {
      for (var piece : pieces(stretch)) {
        long bytes = piece.count() * Float.BYTES;
        if (piece.owner() == 0) {
          if (group.rank() == 0) {
            numbers.of(piece).copyFrom(source.of(piece));
          }
          continue;
        }
        var out = new long[group.size()];
        var in = new long[group.size()];
        if (group.rank() == 0) {
          stage(source.of(piece), 0);
          out[piece.owner()] = bytes;
        }
        if (group.rank() == piece.owner()) {
          in[0] = bytes;
        }
        group.allToAll(sent, out, received, in);
        if (group.rank() == piece.owner()) {
          numbers.of(piece).segment().copyFrom(received.asSlice(0, bytes));
        }
      }
    }
  }

  private List<Stretch> pieces(Stretch stretch) {
    long most = sent.byteSize() / Float.BYTES;
    var pieces = new ArrayList<Stretch>();
    for (long from = 0; from < stretch.count(); from += most) {
      pieces.add(stretch.part(from, Math.min(most, stretch.count() - from)));
    }
    return pieces;
  }

  /// Whether the first rank says so.
  boolean isSaid(boolean own) {
    try (var _ = thread.turn()) {
      sent.set(ValueLayout.JAVA_BYTE, 0, (byte) (own ? 1 : 0));
      group.broadcast(sent.asSlice(0, 1), 0);
      return sent.get(ValueLayout.JAVA_BYTE, 0) != 0;
    }
  }

  /// Gives all ranks what the first of them has.
  void share(Tensor tensor) {
    try (var _ = thread.turn()) {
      var all = tensor.segment();
      for (long from = 0; from < all.byteSize(); from += sent.byteSize()) {
        var piece = sent.asSlice(0, Math.min(sent.byteSize(), all.byteSize() - from));
        piece.copyFrom(all.asSlice(from, piece.byteSize()));
        group.broadcast(piece, 0);
        all.asSlice(from, piece.byteSize()).copyFrom(piece);
      }
    }
  }
}
