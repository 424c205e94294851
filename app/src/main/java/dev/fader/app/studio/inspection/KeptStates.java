package dev.fader.app.studio.inspection;

import dev.fader.LanguageModel;
import dev.fader.inspect.trace.AttentionStates;
import dev.fader.model.mix.Mix;
import dev.fader.serve.model.ModelLease;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// What a layer's heads compare, of the text that was asked for last: who goes from head to head of
/// it does not wait for the text to be read again.
///
/// Safe for use by several threads.
final class KeptStates {
  private static final long MOST_BYTES = 64 << 20; // of heap

  /// What they are of.
  ///
  /// @param strengths of the adapters
  private record Key(
      String model, List<Float> strengths, Optional<Mix> mix, List<Integer> ids, int layer) {}

  /// @param model that they were read by, and not one that was opened since from other files
  private record Kept(Key key, WeakReference<LanguageModel> model, AttentionStates states) {}

  private Optional<Kept> last = Optional.empty();

  /// Those of a text, which is read if it was not the last.
  AttentionStates of(
      ModelLease lease, Optional<Mix> mix, Text text, Supplier<AttentionStates> reading) {
    var ids = IntStream.of(text.ids).boxed().toList();
    var key = new Key(lease.name(), lease.strengths(), mix, ids, text.layer);
    var model = lease.serving().model();
    var known = known(key, model);
    if (known.isPresent()) {
      return known.get();
    }
    var states = reading.get();
    if (states.bytes() <= MOST_BYTES) {
      keep(new Kept(key, new WeakReference<>(model), states));
    }
    return states;
  }

  /// A text, and how far it is read.
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Text(int[] ids, int layer) {}

  private synchronized Optional<AttentionStates> known(Key key, LanguageModel model) {
    return last.filter(kept -> kept.key.equals(key) && kept.model.get() == model).map(Kept::states);
  }

  private synchronized void keep(Kept kept) {
    last = Optional.of(kept);
  }
}
