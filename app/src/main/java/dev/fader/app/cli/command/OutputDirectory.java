package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EndingFile;
import dev.fader.app.cli.option.RecipeFile;
import dev.fader.app.cli.option.TrainingLog;
import dev.fader.model.convert.ModelShards;
import dev.fader.train.OutputLock;
import dev.fader.train.TrainingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Where a model is to go, looked at before any work is done for it.
final class OutputDirectory {
  private static final String CHECKPOINTS = "checkpoints";

  /// What a run leaves that ended before its first checkpoint: nobody misses it.
  private static final Set<String> BEFORE_THE_FIRST_CHECKPOINT =
      Set.of(RecipeFile.NAME, TrainingLog.NAME, EndingFile.NAME, CHECKPOINTS, ModelShards.FIXED);

  private final Path path;
  private final boolean isNew;

  OutputDirectory(Path path) {
    this.path = path;
    this.isNew = !Files.exists(path);
  }

  /// Makes sure that a new run has a place.
  ///
  /// @throws TrainingException if something is there already, or nothing can be made there
  void requireFree() throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      requireWritableParent();
      return;
    }
    if (!Files.isDirectory(path)) {
      throw new TrainingException(
          path + " exists and is not a directory: choose another --out for the model");
    }
    if (!isUntrained()) {
      throw new TrainingException(
          path
              + " already exists: continue it (--resume), replace it (--overwrite) or choose"
              + " another --out");
    }
  }

  /// Makes sure that what a new run replaces is of a run: a model or an adapter from elsewhere may
  /// be the only one.
  ///
  /// @throws TrainingException if it is not
  void requireOfRun() throws IOException {
    if (!Files.isDirectory(path)) {
      return;
    }
    var names = names(path);
    boolean ofRun = names.contains(RecipeFile.NAME) || names.contains(CHECKPOINTS);
    var weights = names.stream().filter(name -> name.endsWith(".safetensors")).sorted().findFirst();
    if (!ofRun && weights.isPresent()) {
      throw new TrainingException(
          "%s has %s, which no run here has written, and --overwrite would delete it: choose another --out"
              .formatted(path, weights.get()));
    }
  }

  private void requireWritableParent() {
    var there = path.toAbsolutePath().getParent();
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    if (there == null || !Files.isDirectory(there) || !Files.isWritable(there)) {
      throw new TrainingException(
          "%s cannot be created: %s is not a writable directory; choose another --out"
              .formatted(path, there));
    }
  }

  /// Makes sure that there is something to go on from.
  ///
  /// @throws TrainingException if there is not
  void requireCheckpoint() throws IOException {
    if (!hasCheckpoint()) {
      throw new TrainingException(
          "there is no checkpoint in %s to resume from: leave out --resume to begin"
              .formatted(path));
    }
  }

  /// Whether nothing was ever trained here: the directory is empty, or a run ended too early.
  boolean isUntrained() throws IOException {
    return !Files.isDirectory(path)
        || (!hasCheckpoint() && BEFORE_THE_FIRST_CHECKPOINT.containsAll(ownNames()));
  }

  private boolean hasCheckpoint() throws IOException {
    var folder = path.resolve(CHECKPOINTS);
    return Files.isDirectory(folder)
        && names(folder).stream().anyMatch(name -> name.matches("\\.?step-\\d.*"));
  }

  private List<String> ownNames() throws IOException {
    var names = names(path);
    names.removeAll(OutputLock.FILES);
    return names;
  }

  /// Takes away what a run wrote that failed before its first checkpoint, unless another has begun
  /// there.
  void forgetIfUntrained() throws IOException {
    if (!Files.isDirectory(path) || !isUntrained()) {
      return;
    }
    try (var _ = OutputLock.of(path)) {
      forget();
    } catch (TrainingException used) {
      return;
    }
    if (names(path).isEmpty()) {
      Files.delete(path);
    }
  }

  private void forget() throws IOException {
    Files.deleteIfExists(path.resolve(RecipeFile.NAME));
    Files.deleteIfExists(path.resolve(ModelShards.FIXED));
    EndingFile.delete(path);
    if (isNew) {
      Files.deleteIfExists(path.resolve(TrainingLog.NAME));
    }
    var folder = path.resolve(CHECKPOINTS);
    if (Files.isDirectory(folder) && names(folder).isEmpty()) {
      Files.delete(folder);
    }
  }

  private static List<String> names(Path directory) throws IOException {
    var names = new ArrayList<String>();
    try (var entries = Files.newDirectoryStream(directory)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    }
    return names;
  }
}
