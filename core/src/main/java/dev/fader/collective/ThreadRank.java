package dev.fader.collective;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A rank that is a thread. Each shows the others what it sends, and they copy it from there.
final class ThreadRank implements Collective {
  /// What a rank shows in an operation.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Shown(MemorySegment segment, long[] bytes) {}

  /// What all ranks of a group share.
  private static final class Shared {
    final Shown[] shown; // by rank; read and written between two meetings
    private int arrived;
    private long meetings;
    private String broken = "";

    Shared(int size) {
      this.shown = new Shown[size];
    }

    /// Returns when all ranks have come.
    synchronized void meet(int rank) {
      if (!broken.isEmpty()) {
        throw new CollectiveException(broken);
      }
      long meeting = meetings;
      arrived++;
      if (arrived == shown.length) {
        arrived = 0;
        meetings++;
        notifyAll();
      }
      while (meeting == meetings) {
        if (!broken.isEmpty()) {
          throw new CollectiveException(broken);
        }
        try {
          wait();
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          abort("rank %d was interrupted".formatted(rank));
        }
      }
    }

    /// The first reason stays.
    synchronized void abort(String reason) {
      if (broken.isEmpty()) {
        broken = reason;
        notifyAll();
      }
    }
  }

  private final int rank;
  private final Shared shared;

  private ThreadRank(int rank, Shared shared) {
    this.rank = rank;
    this.shared = shared;
  }

  static List<Collective> group(int size) {
    if (size < 1) {
      throw new IllegalArgumentException("a group of %d ranks: give at least 1".formatted(size));
    }
    var shared = new Shared(size);
    var ranks = new ArrayList<Collective>();
    for (int rank = 0; rank < size; rank++) {
      ranks.add(new ThreadRank(rank, shared));
    }
    return List.copyOf(ranks);
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return shared.shown.length;
  }

  @Override
  public void allToAll(
      MemorySegment sent, long[] sentBytes, MemorySegment received, long[] receivedBytes) {
    Parts.require(sentBytes, sent, this);
    Parts.require(receivedBytes, received, this);
    show(sent, sentBytes);
    long to = 0;
    for (int from = 0; from < size(); from++) {
      copy(from, rank, received.asSlice(to, receivedBytes[from]));
      to += receivedBytes[from];
    }
    meet();
  }

  @Override
  public void allGather(MemorySegment part, MemorySegment all, long[] bytes) {
    Parts.require(bytes, all, this);
    show(part, new long[] {part.byteSize()});
    for (int from = 0; from < size(); from++) {
      copy(from, 0, all.asSlice(Parts.start(bytes, from), bytes[from]));
    }
    meet();
  }

  @Override
  public void broadcast(MemorySegment bytes, int root) {
    Parts.requireRank(root, this);
    show(bytes, new long[] {bytes.byteSize()});
    if (rank != root) {
      copy(root, 0, bytes);
    }
    meet();
  }

  @Override
  public void barrier() {
    meet();
  }

  /// Shows the others `segment`, and returns when all have shown theirs.
  private void show(MemorySegment segment, long[] bytes) {
    shared.shown[rank] = new Shown(segment, bytes);
    meet();
  }

  private void copy(int from, int part, MemorySegment to) {
    var shown = shared.shown[from];
    long sent = shown.bytes[part];
    if (sent != to.byteSize()) {
      var otherwise = Parts.otherLength(from, sent, to.byteSize());
      abort(otherwise);
      throw new IllegalArgumentException(otherwise);
    }
    MemorySegment.copy(shown.segment, Parts.start(shown.bytes, part), to, 0, to.byteSize());
  }

  private void meet() {
    shared.meet(rank);
  }

  @Override
  public void abort(String reason) {
    shared.abort("rank %d: %s".formatted(rank, reason));
  }

  /// Whoever waits for this rank afterwards is told so. A rank that leaves when all are done breaks
  /// nothing.
  @Override
  public void close() {
    shared.abort("rank %d has left".formatted(rank));
  }
}
