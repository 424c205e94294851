package dev.fader.collective;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// One rank's end of a group of ranks that exchange bytes.
///
/// Every rank must call the same operations in the same order, and each returns when this rank has
/// what it should get. Bytes only are moved and nothing is added up on the way: a sum's order would
/// be the engine's, so that another number of ranks would give other bits. Whoever wants a sum adds
/// up what it got, in the order of the ranks.
///
/// Segments are off-heap. What belongs to one rank is a part; the parts lie one behind the other in
/// the order of the ranks, may differ in length and may be empty. For use by one thread at a time.
public sealed interface Collective extends AutoCloseable permits Alone, ThreadRank, ProcessGroup {
  /// A group of one, whose operations copy what it sends to itself.
  static Collective alone() {
    return new Alone();
  }

  /// A group of threads of this process, each of which uses one of the ranks.
  ///
  /// @throws IllegalArgumentException if `size` is not positive
  static List<Collective> ofThreads(int size) {
    return ThreadRank.group(size);
  }

  /// Of this rank, from 0.
  int rank();

  /// Ranks of the group.
  int size();

  /// Sends part r of `sent` to rank r, and receives from each rank the part that it sends here.
  ///
  /// @param sentBytes of the parts of `sent`; the sum is at most its size
  /// @param receivedBytes of the parts of `received`, each as long as what that rank sends here
  /// @throws CollectiveException if the group has broken
  void allToAll(MemorySegment sent, long[] sentBytes, MemorySegment received, long[] receivedBytes);

  /// Gives all ranks the parts of all.
  ///
  /// @param part of this rank
  /// @param bytes of the parts of `all`, the same on all ranks
  /// @throws CollectiveException if the group has broken
  void allGather(MemorySegment part, MemorySegment all, long[] bytes);

  /// Gives all ranks the bytes that rank `root` has; as many on each.
  ///
  /// @throws CollectiveException if the group has broken
  void broadcast(MemorySegment bytes, int root);

  /// Returns when all ranks have come here.
  ///
  /// @throws CollectiveException if the group has broken
  void barrier();

  /// Breaks the group, so that no rank waits for this one for ever: the others' operations fail, or
  /// their processes end. May not return. For any thread.
  ///
  /// @param reason one line, for whoever reads why it broke
  void abort(String reason);

  /// Leaves the group, after its last operation.
  @Override
  void close();
}
