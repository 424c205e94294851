package dev.fader.model;

import dev.fader.kernel.attention.PageLayout;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;
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
    private final KeyValueSlabs.Slab slab;
    private final Optional<Page> present = Optional.of(this); // made once, not for each sequence
    private int users;
    private boolean remembered; // one of the users is the memory of prompts

    Page(MemorySegment memory, KeyValueSlabs.Slab slab) {
      this.memory = memory;
      this.slab = slab;
    }

    MemorySegment memory() {
      return memory;
    }

    Optional<Page> present() {
      return present;
    }

    KeyValueSlabs.Slab slab() {
      return slab;
    }

    private boolean isShared() {
      return users > 1;
    }

    /// Whether only the memory of prompts uses it.
    boolean isIdle() {
      return remembered && users == 1;
    }

    private long bytes() {
      return memory.byteSize();
    }
  }

  private final KeyValuePages pages;
  private final KeyValueLimits limits;
  private final KeyValueSlabs slabs;
  private final PrefixIndex prefixes;
  private final boolean remembers;
  private long taken; // bytes of pages that someone uses
  private long idle; // bytes of pages that are idle
  private boolean closed;

  /// An empty pool for `config`, in arenas of `memory`.
  ///
  /// @throws IllegalArgumentException if keys and values cannot be stored as `limits.type()`
  public KeyValuePool(ModelConfig config, TensorMemory memory, KeyValueLimits limits) {
    this.pages = new KeyValuePages(config, limits.type());
    this.limits = limits;
    slabs = new KeyValueSlabs(pages, memory, limits.bytes());
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
    return open(0);
  }

  /// The same for a sequence whose keys and values are those of a variant of the model: it shares
  /// pages only with others of the same variant.
  ///
  /// @throws IllegalStateException if this is closed
  public synchronized KeyValueCache open(int variant) {
    requireOpen();
    return new KeyValueCache(this, variant);
  }

  /// The bytes of the pages that sequences use or that are remembered.
  public synchronized long usedBytes() {
    return taken;
  }

  /// The bytes of the pages that only the memory of prompts uses.
  public synchronized long rememberedBytes() {
    return idle;
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
    if (bytes > limits.bytes() - (taken - idle)) { // whatever is forgotten
      throw slabs.full(bytes, taken - idle);
    }
    var free = slabs.reuse(group);
    var page = free.isPresent() ? free.get() : allocate(group);
    page.users = 1;
    taken += bytes;
    return page;
  }

  /// Frees and forgets until there is room for a new page, or one to use again.
  private Page allocate(int group) {
    while (true) {
      try {
        return slabs.allocate(group);
      } catch (OutOfTensorMemory full) {
        if (!slabs.freeUnused() && !prefixes.forgetOldest()) {
          throw full;
        }
      }
      var page = slabs.reuse(group);
      if (page.isPresent()) {
        return page.get();
      }
    }
  }

  private long bytes(int group) {
    return pages.groups().get(group).bytes();
  }

  synchronized void share(Page page) {
    idle -= page.isIdle() ? page.bytes() : 0;
    page.users++;
  }

  synchronized void giveBack(int group, Page page) {
    release(group, page);
    trim();
  }

  private void release(int group, Page page) {
    page.users--;
    idle += page.isIdle() ? page.bytes() : 0;
    if (page.users == 0) {
      taken -= page.bytes();
      slabs.giveBack(group, page);
    }
  }

  /// The memory of prompts becomes a user.
  void rememberPage(Page page) {
    share(page);
    page.remembered = true;
  }

  /// The memory of prompts stops being a user.
  void forgetPage(int group, Page page) {
    idle -= page.isIdle() ? page.bytes() : 0;
    page.remembered = false;
    release(group, page);
  }

  private void trim() {
    while (idle > limits.rememberedBytes() && prefixes.forgetOldest()) {}
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

  synchronized void opened() {
    requireOpen();
  }

  /// A cache gave its pages back: frees the memory that nobody uses any more.
  synchronized void closed() {
    slabs.freeUnused();
  }

  /// Remembers the first `tokens` tokens of a cache, in whole pages.
  synchronized void remember(KeyValueCache cache, int tokens) {
    if (remembers && !closed) {
      prefixes.add(cache, tokens / PageLayout.TOKENS);
    }
  }

  int recallable(int[] text, int most) {
    return recallable(0, text, most);
  }

  synchronized int recallable(int variant, int[] text, int most) {
    return remembers && !closed ? prefixes.match(variant, text, most) : 0;
  }

  /// Lets an empty cache begin with what is remembered of `text`: whole pages of at most `most`
  /// tokens. Returns the number of tokens.
  synchronized int recall(KeyValueCache cache, int[] text, int most) {
    return remembers && !closed ? prefixes.copyTo(cache, text, most) : 0;
  }

  /// Frees all pages; does nothing the second time. Caches that are still open cannot be used any
  /// more.
  @Override
  public synchronized void close() {
    if (!closed) {
      prefixes.forgetAll();
      slabs.close();
      closed = true;
    }
  }
}
