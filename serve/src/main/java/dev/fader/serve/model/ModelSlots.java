package dev.fader.serve.model;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiException.Kind;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.TensorMemory;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/// Which models are open. Each is opened when it is first used, one at a time, and closed when
/// another needs its place, its time has come or somebody asks for it; but never while it is used.
///
/// Safe for use by several threads.
final class ModelSlots implements AutoCloseable {
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final ModelPolicy policy;
  private final TensorMemory memory; // of all models together
  private final Consumer<ModelEvent> listener;
  private volatile Map<String, ModelSlot> slots = Map.of(); // by the names of models; never changed
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Semaphore shortages = new Semaphore(0); // of memory that others have
  private boolean opening; // a place is made and a model opened; guarded by lock, as the slots are
  private int closings; // that have ended
  private boolean closed;
  private ModelTotals past = ModelTotals.NONE; // of models that were closed

  /// @param listener hears of what happens, is quick and throws nothing
  ModelSlots(List<ServedModel> models, ModelPolicy policy, Consumer<ModelEvent> listener) {
    this.memory = new TensorMemory(policy.opening().memoryBytes(), shortages::release);
    this.policy = policy.withOpening(policy.opening().withShared(memory));
    this.listener = listener;
    models.forEach(this::add);
  }

  /// Adds a place for one more model, whose name is not taken.
  void add(ServedModel model) {
    var slot = new ModelSlot(model);
    lock.lock();
    try {
      var more = new LinkedHashMap<>(slots);
      more.put(model.name(), slot);
      slots = Collections.unmodifiableMap(more);
    } finally {
      lock.unlock();
    }
  }

  ModelPolicy policy() {
    return policy;
  }

  /// The bytes of off-heap memory in use, of all models together.
  long memoryBytes() {
    return memory.bytes();
  }

  ModelSlot of(ServedModel model) {
    return Objects.requireNonNull(slots.get(model.name()));
  }

  /// All of them, in the order in which the models were given.
  List<ModelSlot> all() {
    return List.copyOf(slots.values());
  }

  /// Looks at slots, or changes what is said of them.
  <T> T locked(Supplier<T> look) {
    lock.lock();
    try {
      return look.get();
    } finally {
      lock.unlock();
    }
  }

  /// Takes note that it was said how long a model is kept open.
  void keep(ModelSlot slot, Optional<Duration> time) {
    lock.lock();
    try {
      slot.kept = slot.open.isPresent() ? time : Optional.empty();
      changed.signalAll(); // it may be closed at once
    } finally {
      lock.unlock();
    }
  }

  /// Whether no more models are used.
  boolean isClosed() {
    return locked(() -> closed);
  }

  /// Begins to use a model, and opens it if it must be.
  ///
  /// @throws ApiException if it cannot be opened, or not soon enough
  /// @throws InterruptedException if the thread is interrupted meanwhile
  OpenModel use(ModelSlot slot) throws InterruptedException {
    long deadline = System.nanoTime() + policy.opened().toNanos();
    lock.lock();
    try {
      while (true) {
        if (closed) {
          throw new ApiException(Kind.UNAVAILABLE, "the server is about to end").retryAfter(5);
        }
        if (slot.isLoaded()) {
          slot.users++;
          return slot.open.orElseThrow();
        }
        if (!opening && !slot.isMoving() && wasOpened(slot)) {
          continue;
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new ApiException(
                  Kind.UNAVAILABLE, "the model could not be opened yet: all places are in use")
              .retryAfter(5);
        }
        changed.await(left, TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Makes a place for a model and opens it there; false if there is none.
  private boolean wasOpened(ModelSlot slot) {
    opening = true;
    int before = closings;
    boolean room = false;
    try {
      room = makeRoom(slot);
      if (room) {
        open(slot);
      }
      return room;
    } finally {
      opening = false;
      if (room || closings != before) { // or those who wait for a place would wake each other
        changed.signalAll();
      }
    }
  }

  /// Whether there is a place for one more model, if need be that of another. Models that nobody
  /// uses give their memory to it, or else its weights could not be repacked.
  private boolean makeRoom(ModelSlot wanted) {
    long open = slots.values().stream().filter(slot -> slot.open.isPresent()).count();
    boolean room = open < policy.most() || othersGiveWay(wanted);
    boolean fits = wanted.bytes <= memory.limit(); // or else all would be closed for nothing
    while (room && fits && memory.room() < wanted.bytes && othersGiveWay(wanted)) {
      room = !closed;
    }
    return room;
  }

  /// Waits for those that are being closed, or else closes one. False if there is none.
  private boolean othersGiveWay(ModelSlot wanted) {
    if (!isOneClosing()) {
      return closeOldest(Optional.of(wanted));
    }
    while (isOneClosing()) {
      changed.awaitUninterruptibly();
    }
    return true;
  }

  private boolean isOneClosing() {
    return slots.values().stream().anyMatch(ModelSlot::isClosing);
  }

  /// Closes what nobody has asked for the longest, if nobody uses it; what is to stay open for ever
  /// only if there is nothing else.
  private boolean closeOldest(Optional<ModelSlot> but) {
    Optional<ModelSlot> oldest = Optional.empty();
    for (var slot : slots.values()) {
      boolean free = slot.isFree() && but.filter(other -> other == slot).isEmpty();
      if (free && oldest.filter(other -> goesBefore(other, slot)).isEmpty()) {
        oldest = Optional.of(slot);
      }
    }
    oldest.ifPresent(this::close);
    return oldest.isPresent();
  }

  private static boolean goesBefore(ModelSlot one, ModelSlot other) {
    return one.stays() == other.stays() ? one.lastUse <= other.lastUse : other.stays();
  }

  /// Closes one that nobody uses. The lock is let go meanwhile.
  private void close(ModelSlot slot) {
    var open = slot.open.orElseThrow();
    slot.status = ModelStatus.UNLOADED;
    past = past.and(open.serving().state()).past();
    lock.unlock();
    try {
      open.close();
    } finally {
      lock.lock();
      slot.open = Optional.empty();
      slot.kept = Optional.empty(); // for what was said is done
      closings++;
      changed.signalAll();
    }
    tell(slot, "");
  }

  /// Opens one. The lock is let go meanwhile.
  private void open(ModelSlot slot) {
    slot.status = ModelStatus.LOADING;
    int before = closings;
    Optional<OpenModel> opened = Optional.empty();
    Optional<Throwable> failure = Optional.empty();
    lock.unlock();
    try {
      tell(slot, "");
      opened = Optional.of(OpenModel.openApart(slot.model, policy));
    } catch (ExecutionException failed) {
      failure = Optional.of(failed.getCause() == null ? failed : failed.getCause());
    } finally {
      lock.lock();
      slot.open = opened.filter(open -> !closed);
      slot.status = status(opened);
      slot.tried = true;
      slot.lastUse = System.nanoTime();
    }
    if (closed) {
      opened.ifPresent(OpenModel::close);
    }
    if (failure.isPresent()) {
      boolean full = failure.get() instanceof OutOfTensorMemory;
      if (full && (closings != before || othersGiveWay(slot))) {
        return; // to be tried again
      }
      var error = notOpened(slot.model, failure.get());
      tell(slot, error.message());
      throw error;
    }
    tell(slot, "");
  }

  private ModelStatus status(Optional<OpenModel> opened) {
    if (opened.isEmpty()) {
      return ModelStatus.FAILED;
    }
    return closed ? ModelStatus.UNLOADED : ModelStatus.LOADED;
  }

  private static ApiException notOpened(ServedModel model, Throwable failure) {
    if (failure instanceof OutOfTensorMemory) {
      return Failures.told(failure);
    }
    return new ApiException(
        Kind.UNAVAILABLE,
        "the model %s cannot be opened: %s".formatted(model.name(), failure.getMessage()));
  }

  private void tell(ModelSlot slot, String message) {
    listener.accept(new ModelEvent(slot.model.name(), slot.status, message));
  }

  /// Begins to look at a model, if it is open. To look is not to use: it does not keep it open for
  /// longer.
  Optional<OpenModel> hold(ModelSlot slot) {
    lock.lock();
    try {
      if (!slot.isLoaded()) {
        return Optional.empty();
      }
      slot.users++;
      return slot.open;
    } finally {
      lock.unlock();
    }
  }

  /// Ends to look at a model.
  void letGo(ModelSlot slot) {
    lock.lock();
    try {
      slot.users--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Ends to use a model.
  void giveBack(ModelSlot slot) {
    lock.lock();
    try {
      slot.lastUse = System.nanoTime();
      letGo(slot);
    } finally {
      lock.unlock();
    }
  }

  /// Closes a model that nobody uses. It waits where this model is being opened or closed, and
  /// behind no other.
  ///
  /// @throws ApiException if it is in use
  /// @throws InterruptedException if the thread is interrupted meanwhile
  void unload(ModelSlot slot) throws InterruptedException {
    lock.lock();
    try {
      while (slot.isMoving()) {
        changed.await();
      }
      if (slot.users > 0) {
        throw new ApiException(
                Kind.UNAVAILABLE,
                "the model %s is in use by %d requests: try again later"
                    .formatted(slot.model.name(), slot.users))
            .retryAfter(5);
      }
      if (slot.isLoaded()) {
        close(slot);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Closes models whose time has come, until the thread is interrupted.
  ///
  /// @param left nanoseconds that a model which nobody uses stays open; [Long#MAX_VALUE] for ever
  void closeInTime(ToLongFunction<ModelSlot> left) {
    lock.lock();
    try {
      while (true) {
        long wait = closeExpired(left);
        if (wait == Long.MAX_VALUE) {
          changed.await();
        } else if (wait > 0) {
          changed.await(wait, TimeUnit.NANOSECONDS);
        }
      }
    } catch (InterruptedException end) {
      return;
    } finally {
      lock.unlock();
    }
  }

  /// Closes a model that nobody uses whenever a text lacks the memory that it has, until the thread
  /// is interrupted. Who opens a model makes room itself.
  void closeWhenShort() {
    try {
      while (true) {
        shortages.acquire();
        lock.lock();
        try {
          if (!opening && !isOneClosing()) {
            closeOldest(Optional.empty());
          }
          shortages.drainPermits(); // who lacks more asks again
        } finally {
          lock.unlock();
        }
      }
    } catch (InterruptedException end) {
      return;
    }
  }

  /// Closes a model whose time has come. The time to wait until one has, 0 if it was closed: the
  /// lock was let go then, and others may have changed.
  private long closeExpired(ToLongFunction<ModelSlot> left) {
    long wait = Long.MAX_VALUE;
    for (var slot : slots.values()) {
      if (slot.isFree()) {
        long its = left.applyAsLong(slot);
        if (its <= 0) {
          close(slot);
          return 0;
        }
        wait = Math.min(wait, its);
      }
    }
    return wait;
  }

  /// What all models do and have done.
  ModelTotals totals() {
    return locked(() -> {
      var totals = past;
      for (var slot : slots.values()) {
        if (slot.isLoaded()) {
          totals = totals.and(slot.open.orElseThrow().serving().state());
        }
      }
      return totals;
    });
  }

  /// Lets nobody use a model any more, and waits until nobody does, but no longer than `grace`.
  /// Returns whether nobody does.
  ///
  /// @throws InterruptedException if the thread is interrupted meanwhile
  boolean drain(Duration grace) throws InterruptedException {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      long left = grace.toNanos();
      while (left > 0 && !isUnused()) {
        left = changed.awaitNanos(left);
      }
      return isUnused();
    } finally {
      lock.unlock();
    }
  }

  /// Closes all models; what is still written ends with what there is, and has a moment to be told.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      // A model that is still being opened then closes itself.
      await(LAST_WORDS, () -> slots.values().stream().noneMatch(ModelSlot::isMoving));
      for (var slot : slots.values()) {
        slot.open.filter(open -> slot.isLoaded()).ifPresent(open -> open.serving().close());
      }
      await(LAST_WORDS, this::isUnused);
      for (var slot : slots.values()) {
        if (slot.isLoaded()) {
          close(slot);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isUnused() {
    return slots.values().stream().allMatch(slot -> slot.users == 0);
  }

  private void await(Duration most, BooleanSupplier done) {
    long left = most.toNanos();
    try {
      while (left > 0 && !done.getAsBoolean()) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }
}
