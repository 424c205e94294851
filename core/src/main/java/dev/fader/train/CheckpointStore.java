package dev.fader.train;

import dev.fader.format.DurableDirectory;
import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import dev.fader.model.convert.ModelShards;
import dev.fader.model.file.ChatTemplates;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The checkpoints of a run, in its output directory.
///
/// ```
/// OUT/config.json, model.safetensors, …     the best model or the newest, for whoever opens OUT
/// OUT/checkpoints/step-00000100/…           a whole checkpoint, with trainer/ and manifest.json
/// ```
///
/// A checkpoint appears under its name in one step, after all of it is on the disk, and goes under
/// another name before it is deleted: what is there is whole. The model files of OUT are further
/// names (hard links) of one checkpoint's, or copies where links cannot be; the weights come last.
/// A process killed at any moment leaves the checkpoint that it was writing or the one before.
final class CheckpointStore {
  private static final String FOLDER = "checkpoints";

  /// Of models and of adapters.
  private static final List<String> WEIGHTS =
      List.of(ModelShards.WHOLE, "adapter_model.safetensors", ModelShards.LEARNED);

  /// What else an earlier run may have left that would belong to no weights.
  private static final List<String> STALE =
      List.of(ModelShards.INDEX, ModelShards.FIXED, "adapter_config.json", "labels.json");

  private static final Set<String> INTERNAL = Set.of("manifest.json", "trainer");
  private static final Pattern NAME = Pattern.compile("step-(\\d{8,18})");
  private static final Pattern LEFTOVER =
      Pattern.compile("\\.(step-\\d{8,18})\\.[0-9a-f]{8}\\.(?:new|old)");
  private static final String DOOMED = ".deleted-";

  private final Path out;
  private final Path folder;

  /// The checkpoint that the model files of OUT belong to, as far as this process knows.
  private Optional<Path> published = Optional.empty();

  CheckpointStore(Path out) {
    this.out = out;
    this.folder = out.resolve(FOLDER);
  }

  /// The newest whole checkpoint, and why newer ones were skipped.
  public record Found(Path directory, List<String> skipped) {}

  /// Makes sure that a new run does not write over an old one: deletes that, or refuses.
  ///
  /// @throws TrainingException if there is something at the output already, unless `overwrite`
  void begin(boolean overwrite) throws IOException {
    requireUnused(overwrite);
    if (Files.exists(out) && !isUnused(out)) {
      clear();
    }
  }

  /// The same check, which deletes nothing.
  ///
  /// @throws TrainingException if there is something at the output already, unless `overwrite`
  void requireUnused(boolean overwrite) throws IOException {
    if (!Files.exists(out, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(out)) {
      throw new TrainingException(
          out + " is not a directory: choose another `output` for the model");
    }
    if (!overwrite && !isUnused(out)) {
      throw new TrainingException(
          out
              + " already exists: continue it (`resume`), replace it (`overwrite`) or choose"
              + " another `output`");
    }
  }

  private static boolean isUnused(Path directory) throws IOException {
    try (var entries =
        Files.newDirectoryStream(
            directory, entry -> !OutputLock.FILES.contains(entry.getFileName().toString()))) {
      return !entries.iterator().hasNext();
    }
  }

  /// Deletes the model and the checkpoints of an earlier run, weights first; other files stay.
  private void clear() throws IOException {
    for (String weights : WEIGHTS) {
      Files.deleteIfExists(out.resolve(weights));
    }
    for (String stale : STALE) {
      Files.deleteIfExists(out.resolve(stale));
    }
    ChatTemplates.delete(out); // a new model may have none
    for (long step : steps().keySet()) {
      delete(step);
    }
    sweep();
  }

  boolean isBegun() {
    return Files.isDirectory(folder);
  }

  /// The newest whole checkpoint, after cleaning up behind a killed process.
  ///
  /// @throws TrainingException if there is none
  Found newest() throws IOException {
    sweep();
    var skipped = new ArrayList<String>();
    for (Path directory : steps().reversed().values()) {
      Optional<String> problem = DurableDirectory.verify(directory);
      if (problem.isEmpty()) {
        return new Found(directory, skipped);
      }
      skipped.add(problem.get());
    }
    throw new TrainingException(
        skipped.isEmpty()
            ? "there is no checkpoint in %s to resume from: leave out `resume` to begin"
                .formatted(out)
            : "no checkpoint in %s is whole: %s".formatted(out, String.join("; ", skipped)));
  }

  /// Writes the checkpoint of `step`, makes it the model of OUT and deletes what need not stay.
  ///
  /// @return where it is
  /// @throws IOException if it cannot be written; then nothing has changed
  Path save(long step, Map<String, FileContent> files, Retention retention) throws IOException {
    Path directory = directory(step);
    try (var writer = DurableDirectory.create(directory)) {
      for (var file : files.entrySet()) {
        writer.write(file.getKey(), file.getValue());
      }
      writer.commit();
    }
    publish(model(directory, retention));
    prune(step, retention);
    return directory;
  }

  /// Which checkpoints are kept, and which one the model in OUT is taken from.
  ///
  /// @param newest number of newest checkpoints kept
  /// @param best step of the checkpoint with the lowest validation loss, always kept
  /// @param keepLast whether the model of OUT is the newest, not the best
  record Retention(int newest, OptionalLong best, boolean keepLast) {}

  /// The step whose model goes to OUT, `newest` being the newest.
  Path model(Path newest, Retention retention) {
    if (retention.keepLast() || retention.best().isEmpty()) {
      return newest;
    }
    Path best = directory(retention.best().getAsLong());
    return Files.isDirectory(best) ? best : newest;
  }

  /// Drops the best checkpoint if it is damaged, so that its model is not published.
  void checkBest(Retention retention) throws IOException {
    if (retention.best().isPresent()) {
      long best = retention.best().getAsLong();
      if (Files.isDirectory(directory(best))
          && DurableDirectory.verify(directory(best)).isPresent()) {
        delete(best);
      }
    }
  }

  Path directory(long step) {
    return folder.resolve(String.format(Locale.ROOT, "step-%08d", step));
  }

  /// Publishes the model files of a checkpoint in OUT, each by one atomic rename.
  void publish(Path checkpoint) throws IOException {
    if (published.isPresent() && published.get().equals(checkpoint)) {
      return;
    }
    published = Optional.empty();
    publishAll(checkpoint, out);
    published = Optional.of(checkpoint);
  }

  private static void publishAll(Path checkpoint, Path out) throws IOException {
    var names = new ArrayList<String>();
    try (var entries = Files.newDirectoryStream(checkpoint)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    }
    names.removeAll(INTERNAL);
    names.sort(Comparator.comparing(WEIGHTS::contains));
    for (String name : names) {
      Path file = checkpoint.resolve(name);
      if (Files.isDirectory(file)) {
        Files.createDirectories(out.resolve(name));
        publishAll(file, out.resolve(name));
      } else {
        publish(file, out.resolve(name));
      }
    }
    DurableFile.force(out);
  }

  private static void publish(Path file, Path target) throws IOException {
    Path link = target.resolveSibling("." + target.getFileName() + ".link");
    Files.deleteIfExists(link);
    try {
      Files.createLink(link, file);
    } catch (UnsupportedOperationException | FileSystemException noLinks) {
      DurableFile.write(target, channel -> copy(file, channel));
      return;
    }
    Files.move(link, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    // Renaming one hard link over another of the same file does nothing.
    Files.deleteIfExists(link);
  }

  private static void copy(Path file, WritableByteChannel to) throws IOException {
    try (var from = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = from.size();
      for (long done = 0; done < size; ) {
        done += from.transferTo(done, size - done, to);
      }
    }
  }

  /// Deletes checkpoints that are no longer kept, and any newer than `saved`: a run that saved
  /// after those had skipped them as damaged.
  private void prune(long saved, Retention retention) throws IOException {
    int left = retention.newest();
    for (long step : steps().reversed().keySet()) {
      boolean best = retention.best().isPresent() && retention.best().getAsLong() == step;
      boolean newest = step <= saved && left-- > 0;
      if (!newest && !best) {
        delete(step);
      }
    }
  }

  /// All checkpoints by step, whole or not.
  private SequencedMap<Long, Path> steps() throws IOException {
    var steps = new TreeMap<Long, Path>();
    if (!Files.isDirectory(folder)) {
      return steps;
    }
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        var name = NAME.matcher(entry.getFileName().toString());
        if (name.matches()) {
          steps.put(Long.parseLong(name.group(1)), entry);
        }
      }
    }
    return steps;
  }

  /// Cleans up after a killed process: checkpoints half written, half replaced or half deleted.
  private void sweep() throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    var begun = new TreeSet<String>();
    var doomed = new ArrayList<Path>();
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        var leftover = LEFTOVER.matcher(name);
        if (leftover.matches()) {
          begun.add(leftover.group(1));
        } else if (name.startsWith(DOOMED)) {
          doomed.add(entry);
        }
      }
    }
    for (String name : begun) {
      DurableDirectory.recover(folder.resolve(name));
    }
    for (Path directory : doomed) {
      DurableDirectory.delete(directory);
    }
  }

  private void delete(long step) throws IOException {
    Path directory = directory(step);
    Path doomed = folder.resolve(DOOMED + directory.getFileName());
    published = published.filter(path -> !path.equals(directory));
    DurableDirectory.delete(doomed);
    Files.move(directory, doomed, StandardCopyOption.ATOMIC_MOVE);
    DurableDirectory.delete(doomed);
  }
}
