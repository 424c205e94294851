package dev.fader.app.studio.library;

import dev.fader.app.hub.Hub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The models on this machine that could be served: those of the cache of the hub and of the
/// studio's folder.
final class StoredModels {
  private static final int MOST_KNOWN = 1000;

  private final Path folder;
  private final Map<State, Optional<ModelNeed>> known = // guarded by it
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<State, Optional<ModelNeed>> eldest) {
          return size() > MOST_KNOWN;
        }
      };

  /// A model as it was when it was looked at.
  private record State(StoredModel model, long modified) {}

  StoredModels(Path folder) {
    this.folder = folder;
  }

  /// All of them.
  ///
  /// @throws IOException if they cannot be looked for
  List<StoredModel> all(Hub hub) throws IOException {
    var all = new ArrayList<StoredModel>();
    for (var model : hub.cached()) {
      all.add(
          new StoredModel(
              model.name().toString(), "hub", model.path(), model.files().size(), model.bytes()));
    }
    all.addAll(FolderModels.in(folder));
    return all;
  }

  /// What a model needs; empty if its files are none that Fader reads. Headers are read once, until
  /// the model changes.
  Optional<ModelNeed> need(StoredModel model) {
    var state = new State(model, modified(model.path()));
    synchronized (known) {
      var before = known.get(state);
      if (before != null) {
        return before;
      }
    }
    var need = read(model.path());
    synchronized (known) {
      known.put(state, need);
    }
    return need;
  }

  private static long modified(Path path) {
    try {
      return Files.getLastModifiedTime(path).toMillis();
    } catch (IOException gone) {
      return -1;
    }
  }

  private static Optional<ModelNeed> read(Path path) {
    try {
      return Optional.of(ModelNeed.of(path));
    } catch (IOException | RuntimeException damaged) { // of strangers' files, which are only listed
      return Optional.empty();
    }
  }
}
