package dev.fader.generate;

import dev.fader.grad.StoppedException;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueCache;
import dev.fader.model.KeyValueLimits;
import dev.fader.tensor.TensorMemory;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;

/// One sequence of tokens with its KV cache: a light handle on pages of a [SessionPool]. It keeps
/// its tokens, so that a text with the same prefix as the last one is read only from where they
/// differ ([#rewindTo]).
///
/// Virtual tokens of an adapter stand before the text in the cache, read with its first token; they
/// are no tokens of the session and have no positions in it.
///
/// Owned by one caller at a time.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class Session implements AutoCloseable {
  private final SessionPool pool;
  private final KeyValueCache cache;
  private final int capacity;
  private final float[] strengths; // not to be changed
  private final int[] token = new int[1];
  private final Reading oneToken;
  private final int[] few = new int[SessionPool.FEW];
  private final Reading fewTokens;
  private final Invocations invocations;
  private float[] logits = {};
  private boolean ownsPool;
  private boolean open = true;

  /// @param strengths of the adapters that a session chooses from
  Session(SessionPool pool, KeyValueCache cache, int capacity, float... strengths) {
    this.pool = pool;
    this.cache = cache;
    this.capacity = capacity;
    this.strengths = strengths;
    this.invocations = new Invocations(pool.decoder().rowUse());
    this.oneToken = Reading.ofLast(this, (position, row) -> logits = row, token).reusingRow();
    this.fewTokens = Reading.ofLogits(this, position -> true, (position, row) -> {}, few);
  }

  /// A session for up to `capacity` tokens, no more than the model's context, with a pool of its
  /// own.
  ///
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for activations
  public Session(Decoder decoder, Kernels kernels, TensorMemory memory, int capacity) {
    this(new SessionPool(decoder, kernels, memory, KeyValueLimits.DEFAULTS), capacity);
  }

  /// The only session of a pool, which it closes.
  ///
  /// @throws IllegalArgumentException if the model's context is shorter; the pool is closed then
  public Session(SessionPool pool, int capacity) {
    this(pool, pool.openFirst(capacity), capacity, new float[pool.decoder().choices()]);
    ownsPool = true;
  }

  /// Receives the outputs at the requested positions.
  @FunctionalInterface
  public interface RowReader {
    /// `row` belongs to `position`, which counts from the first token that the session has read.
    /// Other sessions of the pool wait meanwhile, and nothing can be read in it.
    void read(int position, float[] row);
  }

  /// Reads one token and returns the logits after it: (vocabulary). The array belongs to the
  /// session, and the next call writes over it; nothing is allocated.
  ///
  /// @throws ContextFullException if it does not fit; nothing is read then
  /// @throws IllegalArgumentException if it is outside the vocabulary
  public float[] append(int id) {
    pool.read(reading(id), SessionPool::never);
    return logits;
  }

  /// The logits after the last token that [#append], [#read(int...)] or a [SessionBatch] has read,
  /// empty before the first: (vocabulary). The next one may write over it.
  public float[] logits() {
    return logits;
  }

  /// What [#append] and batches of single tokens read.
  Reading reading(int id) {
    token[0] = id;
    oneToken.restart(1);
    return oneToken;
  }

  /// What batches read of several tokens.
  Reading reading(int[] ids) {
    return Reading.ofLast(this, (position, row) -> logits = row, ids);
  }

  /// Reads tokens and returns the logits after the last: (vocabulary), a new array.
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public float[] read(int... tokens) {
    return read(SessionPool::never, tokens);
  }

  private float[] read(BooleanSupplier stop, int... tokens) {
    var last = new float[][] {{}};
    pool.read(Reading.ofLast(this, (position, row) -> last[0] = row, tokens), stop);
    logits = last[0];
    return last[0];
  }

  /// Reads tokens unless `stop`, which is checked before each layer, becomes true. Then there are
  /// no logits, and [#length()] tells how many tokens were read.
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public Optional<float[]> readUnless(BooleanSupplier stop, int... tokens) {
    try {
      return Optional.of(read(stop, tokens));
    } catch (StoppedException stopped) {
      return Optional.empty();
    }
  }

  /// Reads tokens and passes on the logits (vocabulary) at the requested positions.
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public void read(int[] tokens, IntPredicate wanted, RowReader reader) {
    readUnless(SessionPool::never, tokens, wanted, reader);
  }

  /// The same unless `stop`, which is checked before each layer, becomes true; returns whether all
  /// was read.
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public boolean readUnless(
      BooleanSupplier stop, int[] tokens, IntPredicate wanted, RowReader reader) {
    return isReadUnless(stop, Reading.ofLogits(this, wanted, reader, tokens));
  }

  private boolean isReadUnless(BooleanSupplier stop, Reading reading) {
    try {
      pool.read(reading, stop);
      return true;
    } catch (StoppedException stopped) {
      return false;
    }
  }

  /// Reads the first `count` tokens, up to 16, and puts the logits after each into `rows`, whose
  /// arrays are used again where they are as long as the vocabulary; then nothing is allocated.
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  void readInto(float[][] rows, int[] tokens, int count) {
    pool.read(reading(rows, tokens, count), SessionPool::never);
  }

  /// What [#readInto] reads.
  Reading reading(float[][] rows, int[] tokens, int count) {
    System.arraycopy(tokens, 0, few, 0, count);
    fewTokens.restart(count);
    return fewTokens.into(rows, length());
  }

  /// Reads tokens and passes on the hidden states (width) at the requested positions, after the
  /// last norm.
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public void readStates(int[] tokens, IntPredicate wanted, RowReader reader) {
    readStatesUnless(SessionPool::never, tokens, wanted, reader);
  }

  /// The same unless `stop`, which is checked before each layer, becomes true; returns whether all
  /// was read.
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public boolean readStatesUnless(
      BooleanSupplier stop, int[] tokens, IntPredicate wanted, RowReader reader) {
    return isReadUnless(stop, Reading.ofStates(this, wanted, reader, tokens));
  }

  private void requireOpen() {
    if (!open) {
      throw new IllegalStateException("the session is closed: open another one to read on");
    }
    if (!pool.isOpen()) {
      throw new IllegalStateException(
          "the pool of the session is closed, as by the session that owned it: open another one");
    }
  }

  boolean isOf(SessionPool some) {
    return pool == some;
  }

  void check(int[] tokens, int count) {
    requireOpen();
    if (count == 0) {
      throw new IllegalArgumentException("there are no tokens to read");
    }
    if (count > capacity - length()) {
      throw new ContextFullException(count, length(), capacity);
    }
    int vocabulary = vocabularySize();
    for (int i = 0; i < count; i++) {
      if (tokens[i] < 0 || tokens[i] >= vocabulary) {
        throw new IllegalArgumentException(
            "token id %d at position %d is outside the vocabulary of %d: give ids from 0 to %d"
                .formatted(tokens[i], i, vocabulary, vocabulary - 1));
      }
    }
  }

  /// How strongly this sequence uses an adapter.
  float strength(int number) {
    return strengths.length == 0 ? 1 : strengths[number];
  }

  /// Where it is known that adapters were invoked.
  Invocations invocations() {
    return invocations;
  }

  KeyValueCache cache() {
    return cache;
  }

  /// The vocabulary size of the model.
  public int vocabularySize() {
    return pool.decoder().config().vocabularySize();
  }

  /// Tokens read so far.
  public int length() {
    return Math.max(0, nextPosition());
  }

  /// The position of what is read next; below 0 for a virtual token.
  int nextPosition() {
    return cache.length() - virtualTokens();
  }

  /// Tokens of the adapters before those of the text.
  int virtualTokens() {
    return pool.decoder().virtualTokens();
  }

  /// The id behind those of the virtual tokens.
  int virtualEnd() {
    return vocabularySize() + virtualTokens();
  }

  /// The maximum number of tokens, including those read so far.
  public int capacity() {
    return capacity;
  }

  /// How many of the next tokens, up to `most`, can be read in one pass that treats each as if it
  /// was read alone: no more than fit, and none beyond the length from which LongRoPE rotates all
  /// of them otherwise.
  public int tokensAtOnce(int most) {
    int fitting = Math.min(Math.min(most, SessionPool.FEW), capacity() - length());
    return pool.decoder().rotatedAlike(cache.length(), fitting);
  }

  /// How many of the next `left` tokens, which were written one by one, to read again now, so that
  /// all get the bits that they had.
  public int writtenPiece(int left) {
    return invocations.waits() ? 1 : tokensAtOnce(left);
  }

  /// How many of the next `left` tokens of a prompt to read now, about `most`, so that all get the
  /// bits that they get if the prompt is read at once.
  public int promptPiece(int left, int most) {
    int read = cache.length();
    int lead = Math.max(0, virtualTokens() - read);
    if (left + lead <= SessionPool.FEW || invocations.waits()) { // the last invocation counts
      return left;
    }
    int first = read + lead;
    int block = Math.min(left, (first / SessionPool.BLOCK + 1) * SessionPool.BLOCK - first);
    int piece = Math.max(most, SessionPool.FEW + 1);
    return lead == 0 && block - piece > SessionPool.FEW ? piece : block;
  }

  /// The share of the model's neurons that was skipped so far, if zeros are.
  public OptionalDouble skippedShare() {
    return pool.decoder().skippedShare();
  }

  /// The tokens that were read, a copy.
  public int[] tokens() {
    int[] all = cache.tokens();
    return Arrays.copyOfRange(all, all.length - length(), all.length);
  }

  /// Keeps the longest common prefix with `text`, or what the pool remembers of other sessions that
  /// began like it, but not the last token of `text`, which must be read for its logits. Returns
  /// the length of the prefix: the rest of `text` is to be read.
  ///
  /// What was read as a prompt is so cut that the rest gets the bits that it would get if all of
  /// `text` were read. Tokens that were generated keep the bits of single steps.
  public int rewindTo(int[] text) {
    requireOpen();
    int[] whole = withVirtualTokens(text);
    int most = Math.max(0, Math.min(text.length - 1, capacity) + virtualTokens());
    int own = Math.min(cache.commonPrefix(whole), most);
    if (own > 0 && !cache.canTruncate(own)) {
      own = 0;
    }
    // What was read behind an invocation may have been read with another one in sight.
    most = Math.min(most, invocations.firstIn(whole));
    own = Math.min(own, most);
    int usable = Math.min(most, lastCut(whole.length));
    if (own <= cache.promptLength()) {
      own = Math.min(own, usable);
    }
    if (cache.recallable(whole, usable) > own) {
      cache.truncate(0);
      cache.recall(whole, usable);
    } else {
      cache.truncate(own);
    }
    return length();
  }

  private int[] withVirtualTokens(int[] text) {
    int count = virtualTokens();
    if (count == 0) {
      return text;
    }
    var whole = new int[Math.addExact(count, text.length)];
    for (int i = 0; i < count; i++) {
      whole[i] = vocabularySize() + i;
    }
    System.arraycopy(text, 0, whole, count, text.length);
    return whole;
  }

  /// Where a text may be cut at the latest so that its last block keeps to few rows or to many.
  private static int lastCut(int length) {
    int lastBlock = (length - 1) / SessionPool.BLOCK * SessionPool.BLOCK;
    return Math.max(lastBlock, length - SessionPool.FEW - 1);
  }

  /// Truncates to the first `tokens` tokens. Where a sliding window has given back what the next
  /// token would see, these are read again.
  ///
  /// @throws IllegalArgumentException if fewer were read
  public void truncate(int tokens) {
    requireOpen();
    if (tokens < 0 || tokens > length()) {
      throw new IllegalArgumentException(
          "cannot keep %d of the %d tokens that were read".formatted(tokens, length()));
    }
    int all = tokens == 0 ? 0 : tokens + virtualTokens(); // so that an empty text begins anew
    if (all > 0 && !cache.canTruncate(all)) {
      int[] kept = Arrays.copyOf(tokens(), tokens);
      cache.truncate(0);
      read(SessionPool::never, kept);
    } else {
      cache.truncate(all);
    }
  }

  /// Another session of the same pool with the same tokens; the two share their pages until one of
  /// them writes. It ends with the pool, which a session that was made alone closes.
  ///
  /// @throws IllegalStateException if this is closed
  public Session fork() {
    requireOpen();
    return new Session(pool, cache.fork(), capacity, strengths);
  }

  /// Gives the pages back; does nothing the second time.
  @Override
  public void close() {
    if (open) {
      open = false;
      cache.close();
      if (ownsPool) {
        pool.close();
      }
    }
  }
}
