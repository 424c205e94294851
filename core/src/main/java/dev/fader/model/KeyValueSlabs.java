package dev.fader.model;

import dev.fader.model.KeyValuePool.Page;
import dev.fader.tensor.DType;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The memory of pages, in slabs of a few megabytes that are freed one by one, each with pages of
/// one group. Guarded by the lock of its pool.
final class KeyValueSlabs implements AutoCloseable {
  private static final long SLAB_BYTES = 4L << 20;

  /// Slabs in a pool with a limit, at least, so that pages that are free can be had back.
  private static final long LEAST_SLABS = 64;

  private final TensorMemory memory;
  private final long limit;
  private final long slabBytes;
  private final List<Group> groups = new ArrayList<>();
  private long allocated;

  /// No memory yet, and at most `limit` bytes of `memory` later.
  KeyValueSlabs(KeyValuePages pages, TensorMemory memory, long limit) {
    this.memory = memory;
    this.limit = limit;
    slabBytes = Math.min(SLAB_BYTES, Math.min(limit, memory.limit()) / LEAST_SLABS);
    pages.groups().forEach(group -> groups.add(new Group(group.bytes())));
  }

  /// Some pages in one arena, which grows by the page.
  static final class Slab {
    private final TensorArena arena;
    private int used; // pages

    private Slab(TensorArena arena) {
      this.arena = arena;
    }
  }

  private static final class Group {
    private final long bytes; // of a page
    private final List<Slab> slabs = new ArrayList<>(); // the last one grows
    private final ArrayDeque<Page> free = new ArrayDeque<>();

    Group(long bytes) {
      this.bytes = bytes;
    }
  }

  /// The bytes of all pages, the free ones included.
  long allocatedBytes() {
    return allocated;
  }

  /// A page that was used before, if one is free.
  Optional<Page> reuse(int group) {
    var page = groups.get(group).free.poll();
    if (page == null) {
      return Optional.empty();
    }
    page.slab().used++;
    return page.present();
  }

  /// A page of new memory.
  ///
  /// @throws OutOfTensorMemory if there is none
  Page allocate(int group) {
    var of = groups.get(group);
    if (of.bytes > limit - allocated) {
      throw full(of.bytes, allocated);
    }
    if (of.slabs.isEmpty() || of.slabs.getLast().arena.bytes() + of.bytes > slabBytes) {
      of.slabs.add(new Slab(memory.open("keys and values")));
    }
    var slab = of.slabs.getLast();
    try {
      var page = slab.arena.allocate(DType.INT8, Shape.of(of.bytes));
      slab.used++;
      allocated += of.bytes;
      return new Page(page.segment(), slab);
    } finally {
      if (slab.arena.bytes() == 0) {
        of.slabs.removeLast();
        slab.arena.close();
      }
    }
  }

  OutOfTensorMemory full(long asked, long used) {
    return new OutOfTensorMemory("keys and values", asked, used, limit);
  }

  void giveBack(int group, Page page) {
    page.slab().used--;
    groups.get(group).free.push(page);
  }

  /// Frees the slabs of which no page is used; false if there are none.
  boolean freeUnused() {
    boolean any = false;
    for (var group : groups) {
      any |= freeUnused(group);
    }
    return any;
  }

  private boolean freeUnused(Group group) {
    boolean any = false;
    for (var slab : group.slabs) {
      if (slab.used == 0) {
        allocated -= slab.arena.bytes();
        slab.arena.close();
        any = true;
      }
    }
    if (any) {
      group.slabs.removeIf(slab -> !slab.arena.isOpen());
      group.free.removeIf(page -> !page.slab().arena.isOpen());
    }
    return any;
  }

  /// Frees all pages, those in use included.
  @Override
  public void close() {
    for (var group : groups) {
      group.slabs.forEach(slab -> slab.arena.close());
      group.slabs.clear();
      group.free.clear();
    }
    allocated = 0;
  }
}
