package dev.fader.train;

import dev.fader.collective.Collective;
import dev.fader.collective.Parts;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The step that ranks take together after steps of their own (DiLoCo, Douillard et al. 2023,
/// algorithm 1): the mean of how far they went is the gradient of Nesterov's momentum.
///
/// Each rank rounds its differences from the common weights to float16, once: that costs no loss
/// (Jaghouar et al. 2024, arXiv:2407.07852). Whoever owns a part adds up the ranks' in float32, in
/// the order of the ranks, and all get the same sums, so that the weights are the same to the bit
/// on all of them. A difference that float16 cannot hold becomes infinite, and ends the run.
final class OuterStep {
  /// Numbers that are exchanged at a time.
  private static final int BUCKET = 1 << 20;

  private static final double NANOS = 1e-9;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED;

  private final LocalSteps settings;
  private final Collective group;
  private final WaitingClock clock;
  private final MemorySegment ownWait = Arena.ofAuto().allocate(LONG);
  private final MemorySegment waits; // of all ranks
  private final List<Entry> entries = new ArrayList<>();
  private final long numbers;
  private final MemorySegment sent; // differences, float16: (bucket)
  private final MemorySegment received; // of all ranks for the own part, float16
  private final MemorySegment sums; // of the own part, float32
  private final MemorySegment means; // float32: (bucket)

  /// What learns together.
  ///
  /// @param begin of its numbers among all
  /// @param weights of this rank
  /// @param common what all had after the last outer step
  /// @param momentum of the outer steps
  private record Entry(String name, long begin, Tensor weights, Tensor common, Tensor momentum) {}

  /// @param ranks that take steps of their own
  /// @param clock which counts how long this rank waits for the others
  /// @param weights that learn, by name
  OuterStep(
      Ranks ranks, WaitingClock clock, SequencedMap<String, Tensor> weights, TensorArena arena) {
    this.settings = ranks.local().orElseThrow();
    this.group = ranks.collective();
    this.clock = clock;
    waits = Arena.ofAuto().allocate(LONG, group.size());
    long count = 0;
    for (var weight : weights.entrySet()) {
      var tensor = weight.getValue();
      long elements = tensor.elements();
      entries.add(
          new Entry(
              weight.getKey(), count, tensor, arena.floats(elements), arena.floats(elements)));
      count += elements;
    }
    numbers = count;
    long bucket = Math.min(BUCKET, count);
    long part = Math.ceilDiv(bucket, group.size());
    sent = bytes(arena, bucket * Short.BYTES);
    received = bytes(arena, part * group.size() * Short.BYTES);
    sums = bytes(arena, part * Float.BYTES);
    means = bytes(arena, bucket * Float.BYTES);
  }

  /// The bytes of what is on its way, of so many numbers that learn.
  static long room(long numbers, int ranks) {
    long bucket = Math.min(BUCKET, numbers);
    long part = Math.ceilDiv(bucket, ranks);
    return bucket * (Short.BYTES + Float.BYTES) + part * ((long) ranks * Short.BYTES + Float.BYTES);
  }

  /// The bytes that a rank sends others in one outer step, with how long it has waited.
  static long sent(long numbers, int rank, int ranks) {
    long sent = (ranks - 1L) * Long.BYTES;
    for (long from = 0; from < numbers; from += BUCKET) {
      int count = (int) Math.min(BUCKET, numbers - from);
      long own = part(count, rank, ranks);
      sent += (count - own) * Short.BYTES + (ranks - 1) * own * Float.BYTES;
    }
    return sent;
  }

  private static MemorySegment bytes(TensorArena arena, long count) {
    return arena.allocate(DType.INT8, Shape.of(count)).segment();
  }

  /// The momentum, by names that a checkpoint gives it.
  SequencedMap<String, Tensor> state() {
    var state = new LinkedHashMap<String, Tensor>();
    entries.forEach(entry -> state.put(entry.name + ".outer_momentum", entry.momentum));
    return state;
  }

  /// The weights of this rank are those of all.
  void begin() {
    entries.forEach(entry ->
        MemorySegment.copy(
            entry.weights.segment(), 0, entry.common.segment(), 0, bytes(entry.weights)));
  }

  private static long bytes(Tensor tensor) {
    return tensor.elements() * Float.BYTES;
  }

  /// Makes common weights of those that the ranks have, at the same time on all.
  ///
  /// @return how long ranks have waited since they did so last
  Waiting take() {
    for (long from = 0; from < numbers; from += BUCKET) {
      take(from, (int) Math.min(BUCKET, numbers - from));
    }
    return waiting(clock.take());
  }

  private Waiting waiting(WaitingClock.Reading own) {
    var bytes = new long[group.size()];
    Arrays.fill(bytes, Long.BYTES);
    ownWait.set(LONG, 0, own.waited());
    group.allGather(ownWait, waits, bytes);
    var seconds = new ArrayList<Double>();
    for (int rank = 0; rank < group.size(); rank++) {
      seconds.add(waits.getAtIndex(LONG, rank) * NANOS);
    }
    return new Waiting(seconds, own.of() * NANOS);
  }

  private void take(long from, int count) {
    var halves = parts(count, Short.BYTES);
    var floats = parts(count, Float.BYTES);
    round(from, count);
    int own = Math.toIntExact(halves[group.rank()] / Short.BYTES);
    var each = new long[group.size()];
    Arrays.fill(each, halves[group.rank()]);
    clock.count(() -> group.allToAll(sent, halves, received, each));
    average(own);
    var part = sums.asSlice(0, floats[group.rank()]);
    clock.count(() -> group.allGather(part, means, floats));
    move(from, count);
  }

  /// The parts of so many numbers, as even as they can be.
  private long[] parts(int count, int width) {
    var parts = new long[group.size()];
    for (int rank = 0; rank < parts.length; rank++) {
      parts[rank] = width * part(count, rank, parts.length);
    }
    return parts;
  }

  private static long part(int count, int rank, int ranks) {
    return (long) count / ranks + (rank < count % ranks ? 1 : 0);
  }

  /// The differences of a bucket, rounded.
  private void round(long from, int count) {
    for (var entry : entries) {
      long begin = Math.max(from, entry.begin);
      long end = Math.min(from + count, entry.begin + entry.weights.elements());
      var weights = entry.weights.segment();
      var common = entry.common.segment();
      for (long i = begin; i < end; i++) {
        long at = (i - entry.begin) * Float.BYTES;
        float difference = common.get(FLOAT, at) - weights.get(FLOAT, at);
        sent.set(HALF, (i - from) * Short.BYTES, Float.floatToFloat16(difference));
      }
    }
  }

  /// The mean of what all ranks have of `count` numbers.
  private void average(int count) {
    int ranks = group.size();
    for (int i = 0; i < count; i++) {
      float sum = Float.float16ToFloat(received.get(HALF, (long) i * Short.BYTES));
      for (int rank = 1; rank < ranks; rank++) {
        sum += Float.float16ToFloat(received.get(HALF, ((long) rank * count + i) * Short.BYTES));
      }
      sums.set(FLOAT, (long) i * Float.BYTES, sum / ranks);
    }
  }

  /// As PyTorch's `SGD(nesterov=True)` does.
  private void move(long from, int count) {
    float rate = (float) settings.rate();
    float kept = (float) settings.momentum();
    for (var entry : entries) {
      long begin = Math.max(from, entry.begin);
      long end = Math.min(from + count, entry.begin + entry.weights.elements());
      var weights = entry.weights.segment();
      var common = entry.common.segment();
      var momentum = entry.momentum.segment();
      for (long i = begin; i < end; i++) {
        long at = (i - entry.begin) * Float.BYTES;
        float mean = means.get(FLOAT, (i - from) * Float.BYTES);
        float velocity = kept * momentum.get(FLOAT, at) + mean;
        float moved = common.get(FLOAT, at) - rate * (mean + kept * velocity);
        momentum.set(FLOAT, at, velocity);
        common.set(FLOAT, at, moved);
        weights.set(FLOAT, at, moved);
      }
    }
  }

  /// Gives one rank the numbers of another, at the same time on all.
  ///
  /// @param numbers of the two, and as long on the others
  void send(Tensor numbers, int from, int to) {
    var all = numbers.segment();
    long most = Math.min(means.byteSize(), received.byteSize());
    for (long at = 0; at < all.byteSize(); at += most) {
      long bytes = Math.min(most, all.byteSize() - at);
      var toEach = new long[group.size()];
      var ofEach = new long[group.size()];
      if (group.rank() == from) {
        toEach[to] = bytes;
        MemorySegment.copy(all, at, means, 0, bytes);
      }
      if (group.rank() == to) {
        ofEach[from] = bytes;
      }
      group.allToAll(means, toEach, received, ofEach);
      if (group.rank() == to) {
        MemorySegment.copy(received, Parts.start(ofEach, from), all, at, bytes);
      }
    }
  }

  /// Gives all ranks what the first has of some numbers, at the same time on all.
  void share(Tensor numbers) {
    var all = numbers.segment();
    for (long at = 0; at < all.byteSize(); at += means.byteSize()) {
      long bytes = Math.min(means.byteSize(), all.byteSize() - at);
      var piece = means.asSlice(0, bytes);
      MemorySegment.copy(all, at, piece, 0, bytes);
      group.broadcast(piece, 0);
      MemorySegment.copy(piece, 0, all, at, bytes);
    }
  }
}
