package dev.fader.train;

import dev.fader.collective.Collective;
import dev.fader.collective.ProcessGroup;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// A rank that counts what it sends to others.
final class CountingGroup implements ProcessGroup {
  private final Collective rank;
  private final Semaphore sums = new Semaphore(0); // that are exchanged, and not waited for yet
  private long sent;

  CountingGroup(Collective rank) {
    this.rank = rank;
  }

  /// Bytes so far: what is sent to several ranks counts for each of them.
  long sent() {
    return sent;
  }

  /// Counts sums anew.
  void forgetSums() {
    sums.drainPermits();
  }

  /// Whether so many more sums are exchanged, as they are soon.
  boolean awaitSums(int more) throws InterruptedException {
    return sums.tryAcquire(more, 40, TimeUnit.SECONDS);
  }

  @Override
  public int rank() {
    return rank.rank();
  }

  @Override
  public int size() {
    return rank.size();
  }

  @Override
  public void allToAll(
      MemorySegment sent, long[] sentBytes, MemorySegment received, long[] receivedBytes) {
    for (int other = 0; other < size(); other++) {
      this.sent += other == rank() ? 0 : sentBytes[other];
    }
    rank.allToAll(sent, sentBytes, received, receivedBytes);
    sums.release();
  }

  @Override
  public void allGather(MemorySegment part, MemorySegment all, long[] bytes) {
    sent += (size() - 1) * part.byteSize();
    rank.allGather(part, all, bytes);
  }

  @Override
  public void broadcast(MemorySegment bytes, int root) {
    rank.broadcast(bytes, root);
  }

  @Override
  public void barrier() {
    rank.barrier();
  }

  @Override
  public void abort(String reason) {
    rank.abort(reason);
  }

  @Override
  public void close() {
    rank.close();
  }

  @Override
  public String engine() {
    return "threads";
  }

  @Override
  public String host() {
    return "here";
  }
}
