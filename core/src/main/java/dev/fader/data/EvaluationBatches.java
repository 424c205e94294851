package dev.fader.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Objects;
import java.util.stream.LongStream;

/// Batches to evaluate a model on: the same each time, in the order of the data, as [Windows] cut
/// it; or a part of the windows that is spread evenly over the data.
///
/// Each window begins with the tokenizer's prefix tokens, which are never predicted. Results do not
/// depend on the number of windows in a batch.
///
/// For use by one thread.
public final class EvaluationBatches implements Iterable<Batch> {
  /// How a text is cut into windows. Each token is predicted at most once, in the first window that
  /// contains it.
  ///
  /// @param context tokens of a window, prefix tokens included
  /// @param stride tokens from the start of a window to the start of the next. Below the window's
  ///   length they overlap, and each predicts only its new tokens. 0 for windows without overlap
  public record Windows(int context, int stride) {
    /// @throws IllegalArgumentException if the context is empty or the stride is negative
    public Windows {
      if (context < 1 || stride < 0) {
        throw new IllegalArgumentException(
            "windows of %d tokens cannot move on by %d".formatted(context, stride));
      }
    }

    /// Windows without overlap. Without prefix tokens the first token of each is not predicted, as
    /// nothing precedes it.
    public static Windows whole(int context) {
      return new Windows(context, 0);
    }

    /// Overlapping windows: each token has at least `context - stride` tokens before it, except in
    /// the first window: the sliding window of "Perplexity of fixed-length models" in the
    /// documentation of Hugging Face's transformers.
    public static Windows strided(int context, int stride) {
      return new Windows(context, Math.max(1, stride));
    }
  }

  /// Number of sequences per entry of `firstWindows`.
  private static final int STEP = 1024;

  private final TokenFile file;
  private final Framing framing;
  private final int before;
  private final int capacity; // tokens of the text in a window
  private final int stride;
  private final long[] firstWindows; // of sequence 0, STEP, 2 STEP, ...
  private final long count;
  private final int[] tokens;
  private final int batchRows;
  private final long used;

  private EvaluationBatches(TokenFile file, Windows windows, int batchRows, long most) {
    this.file = file;
    this.framing = file.framing();
    this.before = framing.before().length;
    this.capacity = windows.context() - before;
    if (capacity < 1 || windows.context() < 2) {
      throw new DataException(
          "a context of %d has room for no token to predict; choose one of at least %d"
              .formatted(windows.context(), Math.max(2, before + 1)));
    }
    if (windows.stride() > capacity) {
      throw new DataException(
          "a stride of %d leaves out tokens between windows of %d; choose at most that"
              .formatted(windows.stride(), capacity));
    }
    this.stride = windows.stride() == 0 ? capacity : windows.stride();
    this.firstWindows = new long[Math.toIntExact(Math.ceilDiv(sequences(), STEP))];
    long windowsSoFar = 0;
    long longest = 0;
    for (long i = 0; i < sequences(); i++) {
      if (i % STEP == 0) {
        firstWindows[(int) (i / STEP)] = windowsSoFar;
      }
      windowsSoFar += windowsOf(i);
      longest = Math.max(longest, end(i) - start(i));
    }
    this.count = windowsSoFar;
    this.tokens = new int[(int) Math.min(longest, capacity)];
    this.batchRows = batchRows;
    this.used = Math.min(most, count);
  }

  /// All of `data` in batches of `rows` windows.
  ///
  /// @throws DataException if there is no token to predict, or the windows do not fit the data
  public static EvaluationBatches all(TokenFile data, Windows windows, int rows) {
    return some(data, windows, rows, Long.MAX_VALUE);
  }

  /// At most `most` windows of `data`.
  ///
  /// @throws DataException if there is no token to predict, or the windows do not fit the data
  public static EvaluationBatches some(TokenFile data, Windows windows, int rows, long most) {
    if (rows < 1 || most < 1) {
      throw new IllegalArgumentException(
          "%d windows in batches of %d are empty".formatted(most, rows));
    }
    var batches = new EvaluationBatches(data, windows, rows, most);
    if (batches.count == 0) {
      throw new DataException(
          "%d tokens are too few to evaluate on; give at least two".formatted(data.tokens()));
    }
    return batches;
  }

  /// Text is one sequence, of all documents.
  private long sequences() {
    return file.layout() == TokenFile.Layout.PACKED ? 1 : file.documents();
  }

  private long start(long sequence) {
    return file.layout() == TokenFile.Layout.PACKED
        ? file.measuredStart()
        : file.documentStart(sequence);
  }

  private long end(long sequence) {
    return file.layout() == TokenFile.Layout.PACKED
        ? file.measuredEnd()
        : file.documentEnd(sequence);
  }

  private long windowsOf(long sequence) {
    long length = end(sequence) - start(sequence);
    long windows = length <= capacity ? 1 : 1 + Math.ceilDiv(length - capacity, stride);
    long last = length - (windows - 1) * stride;
    boolean predictsNothing = before == 0 && last == 1;
    return length == 0 || predictsNothing ? windows - 1 : windows;
  }

  /// How many windows there are.
  public long windows() {
    return used;
  }

  /// How many batches there are.
  public long count() {
    return Math.ceilDiv(used, batchRows);
  }

  /// Batch `index`. The last may have fewer rows.
  ///
  /// @throws IndexOutOfBoundsException if there are not so many
  public Batch batch(long index) {
    long from = Objects.checkIndex(index, count()) * batchRows;
    var chosen = new Window[(int) Math.min(batchRows, used - from)];
    int time = 1;
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = window(spread(from + i));
      time = Math.max(time, before + chosen[i].length - 1);
    }
    var batch = Batch.empty(chosen.length, time);
    Arrays.fill(batch.targets(), Batch.IGNORED);
    for (int i = 0; i < chosen.length; i++) {
      read(chosen[i], batch, i * time);
    }
    return batch;
  }

  /// All batches in order.
  @Override
  public Iterator<Batch> iterator() {
    return LongStream.range(0, count()).mapToObj(this::batch).iterator();
  }

  private long spread(long i) {
    return used == count ? i : i * count / used;
  }

  /// A window, and how many of its first tokens an earlier one has predicted.
  private record Window(long start, int length, int seen) {}

  private Window window(long index) {
    int entry = Arrays.binarySearch(firstWindows, index);
    // Sequences without windows have equal entries; the last of them is the right one.
    int block = entry >= 0 ? entry : -entry - 2;
    while (block + 1 < firstWindows.length && firstWindows[block + 1] == index) {
      block++;
    }
    long sequence = (long) block * STEP;
    long first = firstWindows[block];
    while (index >= first + windowsOf(sequence)) {
      first += windowsOf(sequence);
      sequence++;
    }
    long start = start(sequence) + (index - first) * stride;
    int length = (int) Math.min(capacity, end(sequence) - start);
    return new Window(start, length, index == first ? 0 : capacity - stride);
  }

  private void read(Window window, Batch into, int offset) {
    int length = window.length;
    file.copy(window.start, tokens, 0, length);
    int skipped = framing.begun(tokens, length);
    System.arraycopy(framing.before(), 0, into.inputs(), offset, before);
    System.arraycopy(
        tokens, skipped, into.inputs(), offset + before, Math.max(0, length - skipped - 1));
    int shift = offset + before - 1 - skipped; // from a token to the row that predicts it
    for (int at = Math.max(before == 0 ? 1 : skipped, window.seen); at < length; at++) {
      into.targets()[shift + at] = tokens[at];
    }
    for (int at = Math.max(1, skipped); at < length; at++) {
      int starts = framing.startsAt(tokens, at, length);
      Arrays.fill(into.targets(), shift + at, shift + at + starts, Batch.IGNORED);
      at += Math.max(0, starts - 1);
    }
  }
}
