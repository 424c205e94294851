package dev.fader.train;

import dev.fader.format.FileContent;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorFile;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// What only training needs, in `trainer/` beside what was learned: the optimizer's memory, the
/// position in the data and the losses so far.
public final class TrainerFolder {
  private static final String MOMENTS = "trainer/optimizer.safetensors";
  private static final String STATE = "trainer/state.json";
  private static final String OUTER = "trainer/outer.safetensors";

  private TrainerFolder() {}

  /// Its files; tensors are read when the files are written.
  public static SequencedMap<String, FileContent> files(TrainableModel model, TrainingState state) {
    var files = new LinkedHashMap<String, FileContent>();
    files.put(MOMENTS, new SafetensorsContent(model.state().contents()));
    files.put(STATE, StateFile.content(state));
    model.outer().ifPresent(outer -> files.put(OUTER, new SafetensorsContent(outer.state())));
    model.others().ifPresent(others -> putOthers(others, files));
    return files;
  }

  /// What the optimizer of each other rank remembers, which that gives while the file is written.
  private static void putOthers(RankStates others, Map<String, FileContent> files) {
    for (int rank = 1; rank < others.ranks(); rank++) {
      files.put(ofRank(rank), others.content(rank));
    }
  }

  private static String ofRank(int rank) {
    return "trainer/optimizer-of-rank-%d.safetensors".formatted(rank);
  }

  /// The file with what the optimizer of another rank remembers, if all ranks of such a number have
  /// one, and no others.
  static Optional<Path> optimizerOf(int rank, int ranks, Path directory) {
    boolean same =
        Files.exists(directory.resolve(ofRank(ranks - 1)))
            && !Files.exists(directory.resolve(ofRank(ranks)));
    return same ? Optional.of(directory.resolve(ofRank(rank))) : Optional.empty();
  }

  /// Reads the momentum of outer steps, if the run had some.
  private static void readOuter(Path directory, OuterStep outer) throws IOException {
    if (Files.exists(directory.resolve(OUTER))) {
      read(directory.resolve(OUTER), outer.state());
    }
  }

  /// Reads these tensors from a file.
  static void read(Path file, Map<String, Tensor> tensors) throws IOException {
    try (var stored = TensorFile.open(file)) {
      for (var entry : tensors.entrySet()) {
        stored.get(entry.getKey()).copyTo(entry.getValue());
      }
    }
  }

  /// Reads the state of a run that must have begun as `origin` says.
  ///
  /// @throws TrainingException if the checkpoint is of another origin
  /// @throws dev.fader.format.FormatException if a file is not what [#files] writes
  /// @throws IOException if a file cannot be read
  public static TrainingState read(Path directory, TrainingState.Origin origin) throws IOException {
    var state = StateFile.read(directory.resolve(STATE));
    requireOrigin(directory, state.origin(), origin);
    return state;
  }

  /// Reads what the optimizer remembers.
  ///
  /// @throws dev.fader.format.FormatException if it is of other parameters
  /// @throws IOException if a file cannot be read
  public static void readOptimizer(Path directory, TrainableModel model) throws IOException {
    model.state().read(directory.resolve(MOMENTS));
    model.resumeFrom(directory);
    if (model.outer().isPresent()) {
      readOuter(directory, model.outer().get());
    }
  }

  private static void requireOrigin(
      Path directory, TrainingState.Origin there, TrainingState.Origin here) {
    requireSame(directory, "the tokenizer", there.tokenizer(), here.tokenizer());
    requireSame(directory, "the data", there.data(), here.data());
    require(directory, "the context", there.context(), here.context());
    require(directory, "the seed", there.seed(), here.seed());
    require(directory, "the optimizer", there.method(), here.method());
  }

  private static void requireSame(Path directory, String what, String there, String here) {
    if (!there.equals(here)) {
      throw different(directory, what + " has changed since the checkpoint");
    }
  }

  static void require(Path directory, String what, Object there, Object here) {
    if (!there.equals(here)) {
      throw different(directory, "%s is %s there and %s now".formatted(what, there, here));
    }
  }

  private static TrainingException different(Path directory, String difference) {
    return new TrainingException(
        "cannot resume from %s: %s; give the same, or start a new run with another `output`"
            .formatted(directory, difference));
  }
}
