package dev.fader.model.mix;

import dev.fader.grad.Variable;
import dev.fader.model.Parameters;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The copies of entries that a mix edits, kept from one mix to the next, which may edit the same:
/// then only the rows are written whose edits are others. Those that the present mix leaves alone
/// are freed.
///
/// Used by one thread.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class EditedEntries implements AutoCloseable {
  private final TensorMemory memory;
  private final Map<String, Kept> kept = new LinkedHashMap<>(); // by the name of the entry

  private record Kept(EditedEntry entry, TensorArena arena) {}

  public EditedEntries(TensorMemory memory) {
    this.memory = memory;
  }

  /// The copies of a mix by name. Those of the mix before have its numbers no longer.
  ///
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for them
  public SequencedMap<String, Variable> of(ResolvedMix mix, Parameters table) {
    kept.entrySet().removeIf(entry -> isFreed(entry.getKey(), entry.getValue(), mix, table));
    var copies = new LinkedHashMap<String, Variable>();
    mix.edits()
        .forEach((spec, edits) -> {
          var own = kept.computeIfAbsent(spec.name(), name -> copied(name, table));
          own.entry.edit(edits);
          copies.put(spec.name(), own.entry.copy());
        });
    return copies;
  }

  private static boolean isFreed(String name, Kept own, ResolvedMix mix, Parameters table) {
    boolean used =
        mix.edits().keySet().stream().anyMatch(spec -> spec.name().equals(name))
            && own.entry.isOf(table.get(name).value());
    if (!used) {
      own.arena.close();
    }
    return !used;
  }

  @SuppressWarnings("MustBeClosedChecker") // what is kept owns the arena
  private Kept copied(String name, Parameters table) {
    var arena = memory.open("mix");
    try {
      return new Kept(new EditedEntry(table.get(name).value(), arena), arena);
    } catch (RuntimeException | Error failed) {
      arena.close();
      throw failed;
    }
  }

  /// The bytes that they take.
  public long bytes() {
    return kept.values().stream().mapToLong(own -> own.arena.bytes()).sum();
  }

  /// Frees them; does nothing the second time.
  @Override
  public void close() {
    kept.values().forEach(own -> own.arena.close());
    kept.clear();
  }
}
