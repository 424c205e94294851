package dev.fader.grammar.schema;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import java.util.function.ToLongFunction;

/// What was made of texts, for those that come again. Those that were asked for last are kept, as
/// far as they fit in some bytes.
///
/// Safe for use by several threads.
final class CompiledTexts<T> {
  private static final int OVERHEAD = 200; // bytes of an entry beside its text and what it became
  private static final int LARGEST_SHARE = 4; // of all bytes, by which what is kept is divided

  private final long most;
  private final ToLongFunction<T> size;
  private final Map<String, Entry<T>> entries = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes; // guarded by this, as the entries are

  /// What becomes of a text, and the bytes that it takes once it is there.
  private static final class Entry<T> {
    final FutureTask<T> task;
    long bytes;
    int waiting;

    Entry(FutureTask<T> task) {
      this.task = task;
    }
  }

  /// A task whose text is forgotten where it is cancelled, for it to be tried again.
  private final class Forgotten extends FutureTask<T> {
    private final String text;

    Forgotten(String text, Callable<T> making) {
      super(making);
      this.text = text;
    }

    @Override
    protected void done() {
      if (isCancelled()) {
        forget(text, this);
      }
    }
  }

  /// @param most bytes
  /// @param size of what becomes of a text, in bytes
  CompiledTexts(long most, ToLongFunction<T> size) {
    this.most = most;
    this.size = size;
  }

  /// What makes something of a text.
  ///
  /// @param first whether nobody has asked for it yet, so that it must be run
  record Task<T>(FutureTask<T> task, boolean first) {}

  /// The task that makes something of a text: that of who asked before, or a new one.
  synchronized Task<T> task(String text, Callable<T> making) {
    var known = entries.get(text);
    if (known != null) {
      known.waiting++;
      return new Task<>(known.task, false);
    }
    var task = new Forgotten(text, making);
    var entry = new Entry<T>(task);
    entry.waiting = 1;
    entries.put(text, entry);
    return new Task<>(task, true);
  }

  /// Tells that one of those who asked for a task waits no more.
  ///
  /// @param withdrawn takes the task, for which nobody waits then, from where it waits to be run;
  ///   whether it was still there
  synchronized void leave(String text, FutureTask<T> task, BooleanSupplier withdrawn) {
    var entry = entries.get(text);
    if (entry == null || !entry.task.equals(task)) {
      return;
    }
    entry.waiting--;
    if (entry.waiting == 0 && !task.isDone() && withdrawn.getAsBoolean()) {
      task.cancel(false);
    }
  }

  /// Keeps what a task has made, or forgets what has aged or is too large.
  synchronized void made(String text, T result) {
    var entry = entries.get(text);
    if (entry == null || entry.bytes > 0) {
      return;
    }
    entry.bytes = OVERHEAD + 2L * text.length() + size.applyAsLong(result);
    bytes += entry.bytes;
    if (entry.bytes > most / LARGEST_SHARE) {
      forget(text);
    }
    Iterator<Entry<T>> oldest = entries.values().iterator();
    while (bytes > most && oldest.hasNext()) {
      var old = oldest.next();
      if (old.bytes > 0) { // or else it is being made
        bytes -= old.bytes;
        oldest.remove();
      }
    }
  }

  /// Forgets what could not be made, for it to be tried again.
  synchronized void forget(String text) {
    var entry = entries.remove(text);
    if (entry != null) {
      bytes -= entry.bytes;
    }
  }

  private synchronized void forget(String text, FutureTask<T> task) {
    var entry = entries.get(text);
    if (entry != null && entry.task.equals(task)) {
      forget(text);
    }
  }

  synchronized long bytes() {
    return bytes;
  }
}
