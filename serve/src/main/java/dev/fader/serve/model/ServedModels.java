package dev.fader.serve.model;

import dev.fader.model.file.AdapterSource;
import dev.fader.serve.http.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// The models that are served. Each is opened when it is first asked for, one at a time, and closed
/// when nobody has asked for it for long, or another needs its place; but never while a request has
/// it.
///
/// Safe for use by several threads.
public final class ServedModels implements AutoCloseable {
  /// Models at most: names are listed, and nobody reads more.
  static final int MOST = 1000;

  private volatile ModelNames names; // never changed; written under the lock of this
  private final ModelSlots slots;
  private final IdleModels idle;
  private final List<Consumer<ModelEvent>> listeners = new CopyOnWriteArrayList<>();

  /// @throws IllegalArgumentException if two have the same name
  public ServedModels(List<ServedModel> models, ModelPolicy policy) {
    this.names = new ModelNames(models);
    this.slots =
        new ModelSlots(
            models, policy, event -> listeners.forEach(listener -> listener.accept(event)));
    this.idle = new IdleModels(slots);
  }

  /// Serves one more model from now on. Of what is there under its name already, nothing changes if
  /// it is the same.
  ///
  /// @throws IllegalArgumentException if another model has its name, or there are as many as can be
  public synchronized void add(ServedModel model) {
    var served = names.models();
    if (served.contains(model)) {
      return;
    }
    if (served.size() >= MOST) {
      throw new IllegalArgumentException(
          "%d models are served, and no more can be: start the server anew with those that are needed"
              .formatted(MOST));
    }
    var more = names.with(model);
    slots.add(model);
    names = more;
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
    return slots.policy();
  }

  /// The bytes of off-heap memory in use, of all models together.
  public long memoryBytes() {
    return slots.memoryBytes();
  }

  /// Whether no more requests are taken.
  public boolean isClosed() {
    return slots.isClosed();
  }

  /// What state a model is in.
  ///
  /// @throws ApiException if there is none of this name
  public ModelStatus status(String model) {
    var slot = slots.of(names.find(Optional.of(model)).model());
    return slots.locked(() -> slot.status);
  }

  /// Whether the first of the models is being opened for the first time.
  public boolean isStarting() {
    if (names.models().isEmpty()) {
      return false;
    }
    var first = slots.of(names.models().getFirst());
    return slots.locked(() -> first.status == ModelStatus.LOADING && !first.tried);
  }

  /// The model of a name, without opening it. Where only one is served it has every name, and need
  /// not be named.
  ///
  /// @throws ApiException if it must be named, or there is none of this name
  public ServedModel find(Optional<String> name) {
    return names.find(name).model();
  }

  /// Leases a model, and opens it if it must be.
  ///
  /// @param name of it, or of one of its adapters, as [#find] has it
  /// @throws ApiException if there is none, or it cannot be opened, or not soon enough
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public ModelLease lease(Optional<String> name) throws InterruptedException {
    var asked = names.find(name);
    var slot = slots.of(asked.model());
    var open = slots.use(slot);
    return new ModelLease(open, asked.name(), strengths(asked), () -> slots.giveBack(slot));
  }

  /// Leases a model if it is open. To look is not to use.
  ///
  /// @throws ApiException if it must be named, or there is none of this name
  public Optional<ModelLease> leaseIfOpen(Optional<String> name) {
    var asked = names.find(name);
    var slot = slots.of(asked.model());
    return slots
        .hold(slot)
        .map(open -> new ModelLease(open, asked.name(), strengths(asked), () -> slots.letGo(slot)));
  }

  /// Does something with each model that is open. To look is not to use: it does not keep it open
  /// for longer.
  public void forEachOpen(Consumer<ModelLease> action) {
    for (var slot : slots.all()) {
      var open = slots.hold(slot);
      if (open.isPresent()) {
        try {
          action.accept(new ModelLease(open.get(), slot.model.name(), List.of(), () -> {}));
        } finally {
          slots.letGo(slot);
        }
      }
    }
  }

  private List<Float> strengths(ModelNames.Named asked) {
    var own = slots.of(asked.model()).scales;
    return slots.locked(() -> {
      var scales = new ArrayList<Float>();
      for (int i = 0; i < own.length; i++) {
        scales.add(asked.adapter() < 0 ? own[i] : i == asked.adapter() ? 1f : 0f);
      }
      return Collections.unmodifiableList(scales);
    });
  }

  /// The adapters that are beside the model of a name, each as strongly as the name has it: those
  /// that do nothing are left out.
  ///
  /// @throws ApiException if it must be named, or there is none of this name
  public List<AdapterSource> adapters(Optional<String> name) {
    var asked = names.find(name);
    var scales = strengths(asked);
    var adapters = new ArrayList<AdapterSource>();
    for (int i = 0; i < scales.size(); i++) {
      if (scales.get(i) != 0) {
        adapters.add(new AdapterSource(asked.model().adapters().get(i).path(), scales.get(i)));
      }
    }
    return List.copyOf(adapters);
  }

  /// The strengths of a model's adapters where none is asked for by name.
  public List<Float> scales(ServedModel model) {
    return strengths(ModelNames.Named.of(model));
  }

  /// Sets them: how much each adapter does where none is asked for by name; at first nothing.
  public void setScales(ServedModel model, List<Float> scales) {
    var own = slots.of(model).scales;
    slots.locked(() -> {
      for (int i = 0; i < own.length; i++) {
        own[i] = scales.get(i);
      }
      return own.length;
    });
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
    slots.unload(slots.of(names.exact(name)));
  }

  /// How long a model stays open after its last use, until it is closed: as the policy has it, or
  /// `time`; forever if that is negative. Of one that is not open nothing is kept.
  public void keep(ServedModel model, Optional<Duration> time) {
    slots.keep(slots.of(model), time);
  }

  /// When a model is closed if nobody asks for it any more, if it is.
  public Optional<Instant> expires(ServedModel model) {
    return idle.expires(slots.of(model));
  }

  /// Hears of what models do from now on, until what is returned is run. The listener must be
  /// quick, and throw nothing.
  public Runnable listen(Consumer<ModelEvent> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /// What all models do and have done.
  public ModelTotals totals() {
    return slots.totals();
  }

  /// Takes no more requests, and waits until those that are there have ended, but no longer than
  /// `grace`. Returns whether they have.
  ///
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public boolean drain(Duration grace) throws InterruptedException {
    return slots.drain(grace);
  }

  /// Closes all models; what is still written ends with what there is, and has a moment to be told.
  @Override
  public void close() {
    idle.close();
    slots.close();
  }
}
