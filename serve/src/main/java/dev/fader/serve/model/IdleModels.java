package dev.fader.serve.model;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Closes models that nobody has asked for in a while: as long as all of them are kept open, or as
/// was said of one, or until others need their memory.
final class IdleModels implements AutoCloseable {
  private final ModelSlots slots;
  private final Thread closing;
  private final Thread giving;

  IdleModels(ModelSlots slots) {
    this.slots = slots;
    this.closing =
        Thread.ofVirtual()
            .name("fader-idle-models")
            .start(() -> slots.closeInTime(slot -> left(slot).orElse(Long.MAX_VALUE)));
    this.giving = Thread.ofVirtual().name("fader-idle-memory").start(slots::closeWhenShort);
  }

  /// When a model is closed if nobody asks for it any more, if it is.
  Optional<Instant> expires(ModelSlot slot) {
    return slots.locked(
        () -> (slot.users > 0 ? time(slot) : left(slot)).map(Instant.now()::plusNanos));
  }

  /// The nanoseconds that a model which nobody uses stays open yet.
  private Optional<Long> left(ModelSlot slot) {
    return time(slot).map(time -> time - (System.nanoTime() - slot.lastUse));
  }

  /// The nanoseconds after its last use for which a model stays open.
  private Optional<Long> time(ModelSlot slot) {
    return slot.kept
        .or(slots.policy()::idle)
        .filter(time -> !time.isNegative())
        .map(Duration::toNanos);
  }

  @Override
  public void close() {
    closing.interrupt();
    giving.interrupt();
  }
}
