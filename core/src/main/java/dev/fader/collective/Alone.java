package dev.fader.collective;

import java.lang.foreign.MemorySegment;

/// A group of one.
record Alone() implements Collective {
  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int size() {
    return 1;
  }

  @Override
  public void allToAll(
      MemorySegment sent, long[] sentBytes, MemorySegment received, long[] receivedBytes) {
    Parts.require(sentBytes, sent, this);
    Parts.require(receivedBytes, received, this);
    Parts.requireSame(0, sentBytes[0], receivedBytes[0]);
    MemorySegment.copy(sent, 0, received, 0, sentBytes[0]);
  }

  @Override
  public void allGather(MemorySegment part, MemorySegment all, long[] bytes) {
    Parts.require(bytes, all, this);
    Parts.requireSame(0, part.byteSize(), bytes[0]);
    MemorySegment.copy(part, 0, all, 0, bytes[0]);
  }

  @Override
  public void broadcast(MemorySegment bytes, int root) {
    Parts.requireRank(root, this);
  }

  @Override
  public void barrier() {}

  @Override
  public void abort(String reason) {}

  @Override
  public void close() {}
}
