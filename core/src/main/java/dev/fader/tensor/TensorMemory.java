package dev.fader.tensor;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Accounts for off-heap memory: a limit, and the arenas that are open, each with its purpose.
///
/// One is made by the program and handed down; nothing about memory is static, so a test can give
/// code its own and see that it left nothing open. Safe for use by several threads.
public final class TensorMemory {
  private final long limit;
  private final boolean counting;
  private final Optional<TensorMemory> whole; // of which this is a part
  private final Runnable whenShort;
  private final List<TensorArena> open = new ArrayList<>();
  private long bytes;
  private long peak;

  /// Memory of which at most `limit` bytes may be in use at a time.
  public TensorMemory(long limit) {
    this(limit, () -> {});
  }

  /// The same, for parts that share it.
  ///
  /// @param whenShort is run each time that a part gets no memory, and others have enough of it
  ///   that they could give back; it is quick, and asks for nothing of this
  public TensorMemory(long limit, Runnable whenShort) {
    this(limit, false, Optional.empty(), whenShort);
  }

  private TensorMemory(
      long limit, boolean counting, Optional<TensorMemory> whole, Runnable whenShort) {
    this.limit = limit;
    this.counting = counting;
    this.whole = whole;
    this.whenShort = whenShort;
  }

  /// Memory that is a part of other memory, which is shared: what is in use here is in use there,
  /// too, and the limits of both hold.
  public static TensorMemory within(TensorMemory whole, long limit) {
    return new TensorMemory(limit, false, Optional.of(whole), () -> {});
  }

  /// Memory with no limit of its own.
  public static TensorMemory unlimited() {
    return new TensorMemory(Long.MAX_VALUE);
  }

  /// Memory that only counts bytes: its tensors have types and shapes but no numbers. What a run
  /// would take is found by running it on this.
  public static TensorMemory counting() {
    return new TensorMemory(Long.MAX_VALUE, true, Optional.empty(), () -> {});
  }

  boolean isCounting() {
    return counting;
  }

  /// Opens an arena. `purpose` names it in errors and reports: `weights`, `gradients`,
  /// `activations`.
  @SuppressWarnings("MustBeClosedChecker") // the arena that is returned closes it
  public synchronized TensorArena open(String purpose) {
    var arena = new TensorArena(this, purpose, Arena.ofShared());
    open.add(arena);
    return arena;
  }

  /// Makes sure that so many more bytes are within the limit, before any are allocated.
  ///
  /// @throws OutOfTensorMemory if they are not
  public synchronized void require(String purpose, long size) {
    require(purpose, size, bytes);
  }

  /// @param own bytes that the part has that asks
  private synchronized void require(String purpose, long size, long own) {
    if (size > limit - bytes) {
      var missing = new OutOfTensorMemory(purpose, size, bytes, limit);
      if (bytes <= own) {
        throw missing;
      }
      boolean enough = size <= limit - own;
      if (enough) {
        whenShort.run();
      }
      throw missing.besideOthers(bytes - own, enough);
    }
    whole.ifPresent(all -> all.require(purpose, size, own));
  }

  /// The bytes in use.
  public synchronized long bytes() {
    return bytes;
  }

  /// The most bytes that were in use at a time.
  public synchronized long peakBytes() {
    return peak;
  }

  /// The bytes that may yet come into use: what the limit leaves, or that of the memory of which
  /// this is a part, where that is less.
  public synchronized long room() {
    long own = limit - bytes;
    return whole.isPresent() ? Math.min(own, whole.get().room()) : own;
  }

  /// The most bytes that may be in use at a time.
  public long limit() {
    return limit;
  }

  /// The purposes of the arenas that are open now, in the order they were opened.
  public synchronized List<String> openArenas() {
    return open.stream().map(TensorArena::purpose).toList();
  }

  synchronized void reserve(TensorArena arena, long size) {
    reserve(arena, size, bytes);
  }

  private synchronized void reserve(TensorArena arena, long size, long own) {
    require(arena.purpose(), size, own);
    whole.ifPresent(all -> all.reserve(arena, size, own)); // which others may have filled meanwhile
    bytes += size;
    peak = Math.max(peak, bytes);
  }

  synchronized void release(long size) {
    bytes -= size;
    whole.ifPresent(all -> all.release(size));
  }

  synchronized void closed(TensorArena arena) {
    open.remove(arena);
  }
}
