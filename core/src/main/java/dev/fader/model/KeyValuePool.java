package dev.fader.model;

import dev.fader.kernel.attention.PageLayout;
import dev.fader.tensor.DType;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The pages of keys and values of all sequences of a model (paged attention, Kwon et al.,
/// arXiv:2309.06180). A sequence takes pages as it grows and gives them back; sequences with a
/// common prefix share pages until one of them writes.
///
/// Prompts that were read are remembered, as far as memory is left, for the next sequence that
/// begins with the same tokens. Safe for use by several threads.
public final class KeyValuePool implements AutoCloseable {
  /// A page and the number of those who use it.
  static final class Page {
    private final MemorySegment memory;
    private int users = 1;

    private Page(MemorySegment memory) {
      this.memory = memory;
    }

    MemorySegment memory() {
      return memory;
    }

    private boolean isShared() {
      return users > 1;
    }
  }

  private final KeyValuePages pages;
  private final TensorMemory memory;
  private final KeyValueLimits limits;
  private final List<ArrayDeque<Page>> free = new ArrayList<>(); // by group
  private final PrefixIndex prefixes;
  private final boolean remembers;
  private Optional<TensorArena> arena = Optional.empty();
  private long taken; // bytes of pages that someone uses
  private int caches;
  private boolean closed;

  /// An empty pool for `config`, in arenas of `memory`.
  ///
  /// @throws IllegalArgumentException if keys and values cannot be stored as `limits.type()`
  public KeyValuePool(ModelConfig config, TensorMemory memory, KeyValueLimits limits) {
    this.pages = new KeyValuePages(config, limits.type());
    this.memory = memory;
    this.limits = limits;
    pages.groups().forEach(group -> free.add(new ArrayDeque<>()));
    prefixes = new PrefixIndex(this);
    // Keys of LongRoPE change when a text grows, so that none is anybody else's.
    boolean changing =
        config.positions() instanceof Positions.Rotary rotary
            && rotary.rope().scaling() instanceof RotaryScaling.Longrope;
    remembers = !changing && limits.rememberedBytes() > 0;
  }

  /// How keys and values are cut into pages.
  public KeyValuePages pages() {
    return pages;
  }

  /// An empty cache for one sequence.
  ///
  /// @throws IllegalStateException if this is closed
  public synchronized KeyValueCache open() {
    requireOpen();
    caches++;
    return new KeyValueCache(this);
  }

  /// The bytes of the pages that sequences use or that are remembered.
  public synchronized long usedBytes() {
    return taken;
  }

  /// The bytes of the pages that only the memory of prompts uses.
  public synchronized long rememberedBytes() {
    return prefixes.idleBytes();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the pool of keys and values is closed: open another one");
    }
  }

  /// A page of `group` with unspecified contents.
  synchronized Page take(int group) {
    requireOpen();
    long bytes = bytes(group);
    while (true) {
      var page = free.get(group).poll();
      if (page != null) {
        taken += bytes;
        page.users = 1;
        return page;
      }
      if (bytes <= limits.bytes() - allocated()) {
        try {
          return allocate(bytes);
        } catch (OutOfTensorMemory full) {
          if (!prefixes.forgetOldest()) {
            throw full;
          }
        }
      } else if (!prefixes.forgetOldest()) {
        throw new OutOfTensorMemory("keys and values", bytes, taken, limits.bytes());
      }
    }
  }

  private Page allocate(long bytes) {
    var open = arena.orElseGet(() -> memory.open("keys and values"));
    arena = Optional.of(open);
    var page = new Page(open.allocate(DType.INT8, Shape.of(bytes)).segment());
    taken += bytes;
    return page;
  }

  private long allocated() {
    return arena.map(TensorArena::bytes).orElse(0L);
  }

  long bytes(int group) {
    return pages.groups().get(group).bytes();
  }

  synchronized void share(Page page) {
    page.users++;
  }

  synchronized void giveBack(int group, Page page) {
    if (--page.users == 0) {
      taken -= bytes(group);
      free.get(group).push(page);
    }
  }

  /// A page with the same contents that nobody else uses: `page` itself if that is so.
  synchronized Page own(int group, Page page) {
    if (!page.isShared()) {
      return page;
    }
    var copy = take(group);
    MemorySegment.copy(page.memory, 0, copy.memory, 0, bytes(group));
    giveBack(group, page);
    return copy;
  }

  synchronized boolean isIdle(Page page) {
    return page.users == 1;
  }

  synchronized void opened() {
    requireOpen();
    caches++;
  }

  /// A cache gave its pages back. With the last one the memory is freed unless something is
  /// remembered.
  synchronized void closed() {
    caches--;
    if (caches == 0 && taken == 0) {
      freeAll();
    }
  }

  /// Remembers the first `tokens` tokens of a cache, in whole pages.
  synchronized void remember(KeyValueCache cache, int tokens) {
    if (remembers && !closed) {
      prefixes.add(cache, tokens / PageLayout.TOKENS);
      while (prefixes.idleBytes() > limits.rememberedBytes() && prefixes.forgetOldest()) {}
    }
  }

  synchronized int recallable(int[] text, int most) {
    return remembers && !closed ? prefixes.match(text, most) : 0;
  }

  /// Lets an empty cache begin with what is remembered of `text`: whole pages of at most `most`
  /// tokens. Returns the number of tokens.
  synchronized int recall(KeyValueCache cache, int[] text, int most) {
    return remembers && !closed ? prefixes.copyTo(cache, text, most) : 0;
  }

  private void freeAll() {
    arena.ifPresent(TensorArena::close);
    arena = Optional.empty();
    free.forEach(ArrayDeque::clear);
  }

  /// Frees all pages; does nothing the second time. Caches that are still open cannot be used any
  /// more.
  @Override
  public synchronized void close() {
    if (!closed) {
      prefixes.forgetAll();
      freeAll();
      closed = true;
    }
  }
}
