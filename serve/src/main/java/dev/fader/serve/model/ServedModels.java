package dev.fader.serve.model;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiException.Kind;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.TensorMemory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// The models that are served. Each is opened when it is first asked for, one at a time, and closed
/// when nobody has asked for it for long, or another needs its place; but never while a request has
/// it.
///
/// Safe for use by several threads.
public final class ServedModels implements AutoCloseable {
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final ModelPolicy policy;
  private final TensorMemory memory; // of all models together
  private final ModelNames names;
  private final Map<String, Entry> entries = new LinkedHashMap<>(); // by the names of models
  private final List<Consumer<ModelEvent>> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread closing;
  private boolean busy; // a model is opened or closed; guarded by lock, as all of the entries
  private boolean closed;
  private ModelTotals past = ModelTotals.NONE; // of models that were closed

  /// A model and what state it is in.
  private static final class Entry {
    final ServedModel model;
    final float[] scales; // of its adapters where none is asked for by name
    final long bytes; // of its files, asked once: the lock is not held while a disk answers
    ModelStatus status = ModelStatus.UNLOADED;
    boolean tried; // to open it, whatever came of it
    Optional<OpenModel> open = Optional.empty();
    int users;
    long lastUse = System.nanoTime();
    Optional<Duration> kept = Optional.empty(); // open after its last use, if it was said

    Entry(ServedModel model) {
      this.model = model;
      this.scales = new float[model.adapters().size()];
      this.bytes = model.bytes();
    }
  }

  /// @throws IllegalArgumentException if there is no model, or two have the same name
  public ServedModels(List<ServedModel> models, ModelPolicy policy) {
    this.memory = new TensorMemory(policy.opening().memoryBytes());
    this.policy = policy.withOpening(policy.opening().withShared(memory));
    this.names = new ModelNames(models);
    models.forEach(model -> entries.put(model.name(), new Entry(model)));
    this.closing = Thread.ofVirtual().name("fader-idle-models").start(this::closeIdle);
  }

  /// The models, in the order in which they were given.
  public List<ServedModel> models() {
    return names.models();
  }

  /// The names that can be asked for: of each model, and of each of its adapters behind a colon.
  public List<String> names() {
    return names.all();
  }

  /// How they are opened and closed.
  public ModelPolicy policy() {
    return policy;
  }

  /// The bytes of off-heap memory in use, of all models together.
  public long memoryBytes() {
    return memory.bytes();
  }

  /// Whether no more requests are taken.
  public boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /// What state a model is in.
  ///
  /// @throws ApiException if there is none of this name
  public ModelStatus status(String model) {
    var entry = entry(names.find(Optional.of(model)).model());
    lock.lock();
    try {
      return entry.status;
    } finally {
      lock.unlock();
    }
  }

  /// Whether the first of the models is being opened for the first time.
  public boolean isStarting() {
    var first = entry(names.models().getFirst());
    lock.lock();
    try {
      return first.status == ModelStatus.LOADING && !first.tried;
    } finally {
      lock.unlock();
    }
  }

  /// The model of a name, without opening it. Where only one is served it has every name, and need
  /// not be named.
  ///
  /// @throws ApiException if it must be named, or there is none of this name
  public ServedModel find(Optional<String> name) {
    return names.find(name).model();
  }

  private Entry entry(ServedModel model) {
    return Objects.requireNonNull(entries.get(model.name()));
  }

  /// Leases a model, and opens it if it must be.
  ///
  /// @param name of it, or of one of its adapters, as [#find] has it
  /// @throws ApiException if there is none, or it cannot be opened, or not soon enough
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public ModelLease lease(Optional<String> name) throws InterruptedException {
    var asked = names.find(name);
    var entry = entry(asked.model());
    var open = use(entry);
    return new ModelLease(open, asked.name(), strengths(asked), () -> giveBack(entry));
  }

  private List<Float> strengths(ModelNames.Named asked) {
    var own = entry(asked.model()).scales;
    var scales = new ArrayList<Float>();
    lock.lock();
    try {
      for (int i = 0; i < own.length; i++) {
        scales.add(asked.adapter() < 0 ? own[i] : i == asked.adapter() ? 1f : 0f);
      }
    } finally {
      lock.unlock();
    }
    return Collections.unmodifiableList(scales);
  }

  /// The strengths of a model's adapters where none is asked for by name.
  public List<Float> scales(ServedModel model) {
    return strengths(ModelNames.Named.of(model));
  }

  /// Sets them: how much each adapter does where none is asked for by name; at first nothing.
  public void setScales(ServedModel model, List<Float> scales) {
    var entry = entry(model);
    lock.lock();
    try {
      for (int i = 0; i < entry.scales.length; i++) {
        entry.scales[i] = scales.get(i);
      }
    } finally {
      lock.unlock();
    }
  }

  private OpenModel use(Entry entry) throws InterruptedException {
    long deadline = System.nanoTime() + policy.opened().toNanos();
    lock.lock();
    try {
      while (true) {
        if (closed) {
          throw new ApiException(Kind.UNAVAILABLE, "the server is about to end").retryAfter(5);
        }
        if (entry.open.isPresent() && entry.status == ModelStatus.LOADED) {
          entry.users++;
          return entry.open.get();
        }
        if (!busy && makeRoom(entry)) {
          open(entry);
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

  /// Whether there is a place for one more model, if need be that of another. Models that nobody
  /// uses give their memory to it, or else its weights could not be repacked.
  private boolean makeRoom(Entry wanted) {
    long open = entries.values().stream().filter(entry -> entry.open.isPresent()).count();
    boolean room = open < policy.most() || closeOldest(wanted);
    boolean fits = wanted.bytes <= memory.limit(); // or else all would be closed for nothing
    while (room && fits && memory.room() < wanted.bytes && closeOldest(wanted)) {
      room = !closed;
    }
    return room;
  }

  /// Closes what nobody has asked for the longest, if nobody uses it; what is to stay open for ever
  /// only if there is nothing else.
  private boolean closeOldest(Entry but) {
    Optional<Entry> oldest = Optional.empty();
    for (var entry : entries.values()) {
      boolean free = entry != but && entry.open.isPresent() && entry.users == 0;
      if (free && oldest.filter(other -> goesBefore(other, entry)).isEmpty()) {
        oldest = Optional.of(entry);
      }
    }
    oldest.ifPresent(this::close);
    return oldest.isPresent();
  }

  private static boolean goesBefore(Entry one, Entry other) {
    boolean stays = one.kept.filter(Duration::isNegative).isPresent();
    boolean otherStays = other.kept.filter(Duration::isNegative).isPresent();
    return stays == otherStays ? one.lastUse <= other.lastUse : otherStays;
  }

  /// Closes one that nobody uses. The lock is let go meanwhile.
  private void close(Entry entry) {
    var open = entry.open.orElseThrow();
    entry.status = ModelStatus.UNLOADED;
    past = past.and(open.serving().state()).past();
    busy = true;
    lock.unlock();
    try {
      open.close();
    } finally {
      lock.lock();
      entry.open = Optional.empty();
      entry.kept = Optional.empty(); // for what was said is done
      busy = false;
      changed.signalAll();
    }
    tell(entry, "");
  }

  /// Opens one. The lock is let go meanwhile.
  private void open(Entry entry) {
    entry.status = ModelStatus.LOADING;
    busy = true;
    Optional<OpenModel> opened = Optional.empty();
    Optional<Throwable> failure = Optional.empty();
    lock.unlock();
    try {
      tell(entry, "");
      opened = Optional.of(OpenModel.openApart(entry.model, policy));
    } catch (ExecutionException failed) {
      failure = Optional.of(failed.getCause() == null ? failed : failed.getCause());
    } finally {
      lock.lock();
      entry.open = opened.filter(open -> !closed);
      entry.status = status(opened);
      entry.tried = true;
      entry.lastUse = System.nanoTime();
      busy = false;
      changed.signalAll();
    }
    if (closed) {
      opened.ifPresent(OpenModel::close);
    }
    if (failure.isPresent()) {
      if (failure.get() instanceof OutOfTensorMemory && closeOldest(entry)) {
        return; // to be tried again
      }
      var error = notOpened(entry.model, failure.get());
      tell(entry, error.message());
      throw error;
    }
    tell(entry, "");
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

  private void tell(Entry entry, String message) {
    var event = new ModelEvent(entry.model.name(), entry.status, message);
    listeners.forEach(listener -> listener.accept(event));
  }

  private void giveBack(Entry entry) {
    lock.lock();
    try {
      entry.lastUse = System.nanoTime();
      letGo(entry);
    } finally {
      lock.unlock();
    }
  }

  /// Opens a model that is not open, and returns when it is.
  ///
  /// @param name that of the model and no other, for this is no request that means some model
  /// @throws ApiException if there is none of exactly this name, and as [#lease]
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public void load(String name) throws InterruptedException {
    lease(Optional.of(names.exact(name).name())).close();
  }

  /// Closes a model that nobody uses.
  ///
  /// @param name that of the model and no other
  /// @throws ApiException if there is none of exactly this name, or it is in use
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public void unload(String name) throws InterruptedException {
    var entry = entry(names.exact(name));
    lock.lock();
    try {
      while (busy) {
        changed.await();
      }
      if (entry.users > 0) {
        throw new ApiException(
                Kind.UNAVAILABLE,
                "the model %s is in use by %d requests: try again later"
                    .formatted(entry.model.name(), entry.users))
            .retryAfter(5);
      }
      if (entry.open.isPresent()) {
        close(entry);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Hears of what models do from now on, until what is returned is run. The listener must be
  /// quick, and throw nothing.
  public Runnable listen(Consumer<ModelEvent> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /// What all models do and have done.
  public ModelTotals totals() {
    lock.lock();
    try {
      var totals = past;
      for (var entry : entries.values()) {
        if (entry.status == ModelStatus.LOADED && entry.open.isPresent()) {
          totals = totals.and(entry.open.get().serving().state());
        }
      }
      return totals;
    } finally {
      lock.unlock();
    }
  }

  /// Does something with each model that is open. To look is not to use: it does not keep it open
  /// for longer.
  public void forEachOpen(Consumer<ModelLease> action) {
    for (var entry : entries.values()) {
      var open = hold(entry);
      if (open.isPresent()) {
        try {
          action.accept(new ModelLease(open.get(), entry.model.name(), List.of(), () -> {}));
        } finally {
          letGo(entry);
        }
      }
    }
  }

  /// Leases a model if it is open. To look is not to use.
  ///
  /// @throws ApiException if it must be named, or there is none of this name
  public Optional<ModelLease> leaseIfOpen(Optional<String> name) {
    var asked = names.find(name);
    var entry = entry(asked.model());
    return hold(entry)
        .map(open -> new ModelLease(open, asked.name(), strengths(asked), () -> letGo(entry)));
  }

  private Optional<OpenModel> hold(Entry entry) {
    lock.lock();
    try {
      if (entry.status != ModelStatus.LOADED) {
        return Optional.empty();
      }
      entry.users++;
      return entry.open;
    } finally {
      lock.unlock();
    }
  }

  private void letGo(Entry entry) {
    lock.lock();
    try {
      entry.users--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// How long a model stays open after its last use, until it is closed: as the policy has it, or
  /// `time`; forever if that is negative. Of one that is not open nothing is kept.
  public void keep(ServedModel model, Optional<Duration> time) {
    var entry = entry(model);
    lock.lock();
    try {
      entry.kept = entry.open.isPresent() ? time : Optional.empty();
      changed.signalAll(); // it may be closed at once
    } finally {
      lock.unlock();
    }
  }

  /// When a model is closed if nobody asks for it any more, if it is.
  public Optional<Instant> expires(ServedModel model) {
    var entry = entry(model);
    lock.lock();
    try {
      long since = entry.users > 0 ? 0 : System.nanoTime() - entry.lastUse;
      return idle(entry).map(idle -> Instant.now().plusNanos(idle - since));
    } finally {
      lock.unlock();
    }
  }

  /// The time in nanoseconds after which a model is closed that nobody uses.
  private Optional<Long> idle(Entry entry) {
    return entry.kept.or(policy::idle).filter(time -> !time.isNegative()).map(Duration::toNanos);
  }

  private void closeIdle() {
    lock.lock();
    try {
      while (true) {
        long wait = closeExpired();
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

  /// Closes a model whose time has come. The time to wait until one has, 0 if it was closed: the
  /// lock was let go then, and others may have changed.
  private long closeExpired() {
    long wait = Long.MAX_VALUE;
    for (var entry : entries.values()) {
      var idle = idle(entry);
      if (!busy && entry.open.isPresent() && entry.users == 0 && idle.isPresent()) {
        long left = idle.get() - (System.nanoTime() - entry.lastUse);
        if (left <= 0) {
          close(entry);
          return 0;
        }
        wait = Math.min(wait, left);
      }
    }
    return wait;
  }

  /// Takes no more requests, and waits until those that are there have ended, but no longer than
  /// `grace`. Returns whether they have.
  ///
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public boolean drain(Duration grace) throws InterruptedException {
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
    closing.interrupt();
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      await(LAST_WORDS, () -> !busy); // a model that is still being opened then closes itself
      for (var entry : entries.values()) {
        entry.open.ifPresent(open -> open.serving().close());
      }
      await(LAST_WORDS, this::isUnused);
      for (var entry : entries.values()) {
        if (entry.open.isPresent()) {
          close(entry);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isUnused() {
    return entries.values().stream().allMatch(entry -> entry.users == 0);
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
