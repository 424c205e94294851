package dev.fader.generate;

import dev.fader.grad.StoppedException;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueCache;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;

/// One sequence of tokens with its KV cache. It keeps its tokens, so that a text with the same
/// prefix as the last one is read only from where they differ ([#rewindTo]).
///
/// Cheap beside the model, and owned by one caller at a time.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class Session implements AutoCloseable {
  /// Tokens per forward pass: enough for efficient matrix products, few enough to keep activations
  /// small.
  private static final int BLOCK = 256;

  /// Rows per computation of logits: those of a whole block would take more memory than all else.
  private static final int LOGITS = 16;

  private final Decoder decoder;
  private final TensorArena arena;
  private final Tape tape;
  private final KeyValueCache cache;
  private final Tensor ids; // (BLOCK)
  private final Tensor rows; // (BLOCK, width), of which logits are wanted
  private int[] tokens = new int[BLOCK]; // the first length() were read

  /// A session for up to `capacity` tokens, no more than the model's context.
  ///
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for its cache
  public Session(Decoder decoder, Kernels kernels, TensorMemory memory, int capacity) {
    var config = decoder.config();
    if (capacity < 1 || capacity > config.context()) {
      throw new IllegalArgumentException(
          "a session of %d tokens needs a model with that context, this one has %d"
              .formatted(capacity, config.context()));
    }
    this.decoder = decoder;
    this.arena = memory.open("session");
    try {
      this.tape = new Tape(kernels, arena, Tape.Mode.INFER);
      this.cache = new KeyValueCache(config, capacity, arena);
      this.ids = arena.allocate(DType.INT32, Shape.of(BLOCK));
      this.rows = arena.floats(BLOCK, config.width());
    } catch (RuntimeException | Error failure) {
      arena.close();
      throw failure;
    }
  }

  /// Receives the outputs at the requested positions.
  @FunctionalInterface
  public interface RowReader {
    /// `row` belongs to `position`, which counts from the first token that the session has read.
    void read(int position, float[] row);
  }

  /// Reads tokens and returns the logits after the last: (vocabulary).
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public float[] read(int... tokens) {
    int last = length() + tokens.length - 1;
    var logits = new float[][] {{}};
    read(tokens, position -> position == last, (position, row) -> logits[0] = row);
    return logits[0];
  }

  /// Reads tokens unless `stop`, which is checked before each layer, becomes true. Then there are
  /// no logits, and [#length()] tells how many tokens were read.
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public Optional<float[]> readUnless(BooleanSupplier stop, int... tokens) {
    tape.stopWhen(stop);
    try {
      return Optional.of(read(tokens));
    } catch (StoppedException stopped) {
      tape.clear();
      return Optional.empty();
    } finally {
      tape.stopWhen(() -> false);
    }
  }

  /// Reads tokens and passes on the logits (vocabulary) at the requested positions.
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public void read(int[] tokens, IntPredicate wanted, RowReader reader) {
    check(tokens);
    for (int start = 0; start < tokens.length; start += BLOCK) {
      var positions = readBlock(tokens, start, wanted);
      for (int first = 0; first < positions.length; first += LOGITS) {
        int count = Math.min(LOGITS, positions.length - first);
        var logits = tape.logits(Variable.fixed(rows.slice(first, count)), head(), softCap());
        for (int row = 0; row < count; row++) {
          reader.read(positions[first + row], logits.value().slice(row, 1).toArray());
        }
        tape.clear();
      }
    }
  }

  /// Reads tokens and passes on the hidden states (width) at the requested positions, after the
  /// last norm.
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public void readStates(int[] tokens, IntPredicate wanted, RowReader reader) {
    check(tokens);
    for (int start = 0; start < tokens.length; start += BLOCK) {
      var positions = readBlock(tokens, start, wanted);
      for (int row = 0; row < positions.length; row++) {
        reader.read(positions[row], rows.slice(row, 1).toArray());
      }
    }
  }

  /// Reads the block at `start`, gathers the states of the requested positions in the first rows
  /// and returns these positions.
  private int[] readBlock(int[] tokens, int start, IntPredicate wanted) {
    int count = Math.min(BLOCK, tokens.length - start);
    int first = cache.length();
    var states = forward(tokens, start, count).value();
    var positions = new int[count];
    int kept = 0;
    for (int row = 0; row < count; row++) {
      if (wanted.test(first + row)) {
        rows.slice(kept, 1).copyFrom(states.slice(row, 1));
        positions[kept++] = first + row;
      }
    }
    tape.clear();
    note(tokens, start, count);
    return Arrays.copyOf(positions, kept);
  }

  private void note(int[] read, int start, int count) {
    int length = cache.length();
    if (length > tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(length, Math.min(capacity(), 2 * tokens.length)));
    }
    System.arraycopy(read, start, tokens, length - count, count);
  }

  private Variable forward(int[] tokens, int start, int count) {
    for (int i = 0; i < count; i++) {
      ids.segment().setAtIndex(ValueLayout.JAVA_INT, i, tokens[start + i]);
    }
    var block = new TokenBlock(ids.slice(0, count), 1, count, cache.length());
    return decoder.forward(tape, block, cache);
  }

  private void check(int[] tokens) {
    if (!arena.isOpen()) {
      throw new IllegalStateException("the session is closed: open another one to read on");
    }
    if (tokens.length == 0) {
      throw new IllegalArgumentException("there are no tokens to read");
    }
    if (tokens.length > cache.capacity() - cache.length()) {
      throw new ContextFullException(tokens.length, cache.length(), cache.capacity());
    }
    int vocabulary = decoder.config().vocabularySize();
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] < 0 || tokens[i] >= vocabulary) {
        throw new IllegalArgumentException(
            "token id %d at position %d is outside the vocabulary of %d: give ids from 0 to %d"
                .formatted(tokens[i], i, vocabulary, vocabulary - 1));
      }
    }
  }

  private Variable head() {
    return decoder.parameters().head();
  }

  private float softCap() {
    return decoder.config().embedding().logitSoftCap();
  }

  /// The vocabulary size of the model.
  public int vocabularySize() {
    return decoder.config().vocabularySize();
  }

  /// Tokens read so far.
  public int length() {
    return cache.length();
  }

  /// The maximum number of tokens, including those read so far.
  public int capacity() {
    return cache.capacity();
  }

  /// How many of the next tokens, up to `most`, can be read in one pass that treats each as if it
  /// was read alone: no more than fit, and none beyond the length from which LongRoPE rotates all
  /// of them otherwise.
  public int tokensAtOnce(int most) {
    return decoder.rotatedAlike(length(), Math.min(most, capacity() - length()));
  }

  /// The tokens that were read, a copy.
  public int[] tokens() {
    return Arrays.copyOf(tokens, length());
  }

  /// Keeps the longest common prefix with `text`, but not the last token of `text`, which must be
  /// read for its logits. Returns the length of the prefix: the rest of `text` is to be read.
  public int rewindTo(int[] text) {
    int most = Math.min(length(), text.length - 1);
    int differs = Arrays.mismatch(tokens, 0, Math.max(0, most), text, 0, Math.max(0, most));
    truncate(differs < 0 ? Math.max(0, most) : differs);
    return length();
  }

  /// Truncates to the first `tokens` tokens.
  ///
  /// @throws IllegalArgumentException if fewer were read
  public void truncate(int tokens) {
    cache.truncate(tokens);
  }

  @Override
  public void close() {
    arena.close();
  }
}
