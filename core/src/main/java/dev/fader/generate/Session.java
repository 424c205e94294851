package dev.fader.generate;

import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.Matrix;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueCache;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.ValueLayout;

/// One sequence of tokens on its way through a model, with the keys and values of all it has read.
///
/// Cheap beside the model, and owned by one caller at a time.
public final class Session implements AutoCloseable {
  /// Tokens read at a time: enough to keep the matrix products busy, few enough to keep activations
  /// small.
  private static final int BLOCK = 256;

  private final Decoder decoder;
  private final TensorArena arena;
  private final Tape tape;
  private final KeyValueCache cache;
  private final Tensor ids; // (BLOCK)
  private final Tensor lastRow; // (1, width)

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
      this.lastRow = arena.floats(1, config.width());
    } catch (RuntimeException | Error failure) {
      arena.close();
      throw failure;
    }
  }

  /// Takes the logits of the positions that were read.
  @FunctionalInterface
  public interface LogitsReader {
    /// `row` of `logits` (rows, vocabulary) belongs to `position`; the memory is used again after
    /// the call.
    void read(int position, Matrix logits, int row);
  }

  /// Reads tokens and returns the logits after the last: (vocabulary).
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public float[] read(int... tokens) {
    check(tokens);
    for (int start = 0; start < tokens.length; start += BLOCK) {
      int count = Math.min(BLOCK, tokens.length - start);
      var states = forward(tokens, start, count);
      if (start + count == tokens.length) {
        int width = decoder.config().width();
        lastRow.copyFrom(states.value().slice(count - 1L, 1).reshape(1, width));
      }
      tape.clear();
    }
    var logits = tape.logits(Variable.fixed(lastRow), head(), softCap());
    var values = logits.value().toArray();
    tape.clear();
    return values;
  }

  /// Reads tokens and shows the logits after each of them to `reader`.
  ///
  /// @throws ContextFullException if they do not fit; nothing is read then
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  public void read(int[] tokens, LogitsReader reader) {
    check(tokens);
    for (int start = 0; start < tokens.length; start += BLOCK) {
      int count = Math.min(BLOCK, tokens.length - start);
      int position = cache.length();
      var logits = Matrix.of(tape.logits(forward(tokens, start, count), head(), softCap()).value());
      for (int row = 0; row < count; row++) {
        reader.read(position + row, logits, row);
      }
      tape.clear();
    }
  }

  private Variable forward(int[] tokens, int start, int count) {
    for (int i = 0; i < count; i++) {
      ids.segment().setAtIndex(ValueLayout.JAVA_INT, i, tokens[start + i]);
    }
    var block = new TokenBlock(ids.slice(0, count), 1, count, cache.length());
    return decoder.forward(tape, block, cache);
  }

  private void check(int[] tokens) {
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

  /// Tokens read so far.
  public int length() {
    return cache.length();
  }

  /// Tokens there is room for, those that were read included.
  public int capacity() {
    return cache.capacity();
  }

  /// Forgets all but the first `tokens`, to go on from there.
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
