package dev.fader.model;

import dev.fader.kernel.attention.PageLayout;
import dev.fader.kernel.attention.PageTable;
import dev.fader.model.KeyValuePool.Page;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// The tokens of one sequence and the pages of their keys and values, so that a new token needs
/// only its own row of work. Owned by one session.
public final class KeyValueCache implements AutoCloseable {
  private static final int TOKENS = PageLayout.TOKENS;

  /// So many tokens behind a window are kept, for texts that are taken back a little.
  static final int SLACK = 256;

  /// New tokens of a sequence in one pass, at most.
  public static final int MOST_NEW = 256;

  private final KeyValuePool pool;
  private final int variant; // of the model
  private final List<Chain> chains = new ArrayList<>(); // by group
  private int[] tokens = new int[MOST_NEW];
  private int length;
  private int promptLength; // of the beginning that was read as a prompt, in rows of many
  private boolean longFactors;
  private boolean open = true;

  KeyValueCache(KeyValuePool pool, int variant) {
    this.pool = pool;
    this.variant = variant;
    for (var group : pool.pages().groups()) {
      chains.add(new Chain(chains.size(), group.window()));
    }
  }

  /// The pages of one group.
  private final class Chain {
    private final int group;
    private final int window;
    private final PageTable table = new PageTable();
    private final List<Optional<Page>> pages = new ArrayList<>(); // empty where the table has gaps

    Chain(int group, int window) {
      this.group = group;
      this.window = window;
    }

    /// Gives back what no window reaches any more, makes the last page writable, and takes pages up
    /// to `end`.
    void reserve(int end) {
      if (window > 0) {
        releaseBefore((int) (Math.max(0, (long) length - window + 1 - SLACK) / TOKENS));
      }
      int last = length / TOKENS;
      if (length % TOKENS != 0) {
        var page = pages.get(last).orElseThrow();
        var own = pool.own(group, page);
        if (own != page) {
          pages.set(last, own.present());
          table.replace(last, own.memory());
        }
      }
      while (pages.size() * TOKENS < end) {
        attach(pool.take(group));
      }
    }

    private void releaseBefore(int page) {
      for (int i = table.released(); i < page; i++) {
        giveBack(pages.get(i));
        pages.set(i, Optional.empty());
      }
      if (page > table.released()) {
        table.release(page);
      }
    }

    void attach(Page page) {
      pages.add(page.present());
      table.append(page.memory());
    }

    void attachGap() {
      pages.add(Optional.empty());
      table.append(MemorySegment.NULL);
      table.release(pages.size());
    }

    void truncate(int count) {
      while (pages.size() > count) {
        giveBack(pages.removeLast());
      }
      table.truncate(count);
    }

    private void giveBack(Optional<Page> page) {
      if (page.isPresent()) {
        pool.giveBack(group, page.get());
      }
    }

    /// Whether what a token at `position` sees is all there.
    boolean reaches(int position) {
      int first = window == 0 ? 0 : Math.max(0, position - window + 1);
      return position == 0 || first / TOKENS >= table.released();
    }
  }

  /// Tokens in the cache.
  public int length() {
    return length;
  }

  /// The tokens, a copy: (length).
  public int[] tokens() {
    return Arrays.copyOf(tokens, length);
  }

  /// Token `index` of [#tokens()].
  public int token(int index) {
    return tokens[Objects.checkIndex(index, length)];
  }

  /// How many tokens at the beginning were read as a prompt, in rows of many: their bits do not
  /// depend on how they were cut.
  public int promptLength() {
    return promptLength;
  }

  /// How many of the tokens the cache and `text` begin with are the same.
  public int commonPrefix(int[] text) {
    int most = Math.min(length, text.length);
    int differs = Arrays.mismatch(tokens, 0, most, text, 0, most);
    return differs < 0 ? most : differs;
  }

  /// Whether the keys were rotated by LongRoPE's factors for long texts.
  public boolean usesLongFactors() {
    return longFactors;
  }

  /// Makes room for `count` more tokens, and gives back pages that no window reaches any more.
  ///
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is none; what was there stays
  public void reserve(int count) {
    try {
      for (int group = 0; group < chains.size(); group++) {
        chains.get(group).reserve(Math.addExact(length, count));
      }
    } catch (RuntimeException failed) {
      giveBackReserved();
      throw failed;
    }
  }

  /// Gives back what was reserved for tokens that were not read.
  public void giveBackReserved() {
    for (int group = 0; group < chains.size(); group++) {
      chains.get(group).truncate(Math.ceilDiv(length, TOKENS));
    }
  }

  /// Notes tokens whose keys and values a pass has written.
  ///
  /// @param many whether they were computed as rows of many, whose bits do not depend on how a
  ///   prompt is cut
  /// @param rotatedByLongFactors whether their keys were rotated by LongRoPE's factors
  public void append(int[] ids, int from, int count, boolean many, boolean rotatedByLongFactors) {
    if (length + count > tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(length + count, 2 * tokens.length));
    }
    System.arraycopy(ids, from, tokens, length, count);
    boolean prompt = many && promptLength == length;
    length += count;
    longFactors = rotatedByLongFactors;
    if (prompt) {
      promptLength = length;
      pool.remember(this, length);
    }
  }

  /// Whether [#truncate] can keep `count` tokens: not if a window has given back what the next
  /// token would see.
  public boolean canTruncate(int count) {
    for (int group = 0; group < chains.size(); group++) {
      if (!chains.get(group).reaches(count)) {
        return false;
      }
    }
    return true;
  }

  /// Forgets all tokens after the first `count`.
  ///
  /// @throws IllegalArgumentException if there are fewer
  /// @throws IllegalStateException unless [#canTruncate]
  public void truncate(int count) {
    if (count < 0 || count > length) {
      throw new IllegalArgumentException(
          "cannot keep %d of %d cached tokens".formatted(count, length));
    }
    if (!canTruncate(count)) {
      throw new IllegalStateException(
          "the keys that token %d would see were given back".formatted(count));
    }
    length = count;
    promptLength = Math.min(promptLength, count);
    giveBackReserved();
  }

  /// How many tokens of `text` the pool remembers, in whole pages of at most `most` tokens.
  public int recallable(int[] text, int most) {
    return pool.recallable(variant, text, most);
  }

  /// Begins, if it is empty, with what the pool remembers of `text`, in whole pages of at most
  /// `most` tokens. Returns the number of tokens.
  public int recall(int[] text, int most) {
    return length == 0 ? pool.recall(this, text, most) : 0;
  }

  /// Another cache with the same tokens, which shares the pages until one of the two writes.
  public KeyValueCache fork() {
    pool.opened();
    var fork = new KeyValueCache(pool, variant);
    for (int group = 0; group < chains.size(); group++) {
      for (int i = 0; i < Math.ceilDiv(length, TOKENS); i++) {
        var page = chains.get(group).pages.get(i);
        if (page.isPresent()) {
          pool.share(page.get());
          fork.attach(group, page.get());
        } else {
          fork.attachGap(group);
        }
      }
    }
    fork.tokens = tokens.clone();
    fork.length = length;
    fork.promptLength = promptLength;
    fork.longFactors = longFactors;
    return fork;
  }

  /// Gives all pages back; does nothing the second time.
  @Override
  public void close() {
    if (open) {
      open = false;
      length = 0;
      giveBackReserved();
      pool.closed();
    }
  }

  int variant() {
    return variant;
  }

  PageTable table(int group) {
    return chains.get(group).table;
  }

  Optional<Page> page(int group, int page) {
    return chains.get(group).pages.get(page);
  }

  void attach(int group, Page page) {
    chains.get(group).attach(page);
  }

  void attachGap(int group) {
    chains.get(group).attachGap();
  }

  void begin(int[] text, int count) {
    tokens = Arrays.copyOf(text, Math.max(count, MOST_NEW));
    length = count;
    promptLength = count;
  }
}
