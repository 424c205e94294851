package dev.fader.app.studio.training;

import dev.fader.app.cli.option.TrainingLog;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds the runs that there are: the outputs below a folder, and those that are served as models.
final class TrainingRuns {
  private static final int MOST_RUNS = 500;

  private final ServedModels models;
  private final Path folder;
  private final RunProcesses processes;

  TrainingRuns(ServedModels models, Path folder, RunProcesses processes) {
    this.models = models;
    this.folder = folder;
    this.processes = processes;
  }

  Path folder() {
    return folder;
  }

  /// All of them, the one that was written to last first.
  List<TrainingOutput> all() throws IOException {
    var found = new LinkedHashMap<Path, TrainingOutput>();
    for (var model : models.models()) {
      add(model, found);
    }
    for (var out : processes.outputs()) { // also one that failed before it wrote anything
      found.put(out, new TrainingOutput(id(out), out));
    }
    for (var run : FolderSearch.below(folder, TrainingRuns::isRun)) {
      found.putIfAbsent(run, new TrainingOutput(id(run), run));
    }
    return found.values().stream()
        .sorted((a, b) -> b.modified().compareTo(a.modified()))
        .limit(MOST_RUNS)
        .toList();
  }

  private static boolean isRun(Path directory) {
    return Files.isRegularFile(directory.resolve(TrainingLog.NAME), LinkOption.NOFOLLOW_LINKS);
  }

  private void add(ServedModel model, Map<Path, TrainingOutput> found) {
    var path = model.path().toAbsolutePath().normalize();
    if (Files.isRegularFile(path.resolve(TrainingLog.NAME))) {
      found.put(path, new TrainingOutput(id(path), path));
    }
  }

  /// Below the folder the way there, elsewhere the whole path.
  private String id(Path path) {
    var there = path.startsWith(folder) ? folder.relativize(path).toString() : path.toString();
    return there.isEmpty() ? "." : there;
  }

  /// The run of an id, which is only looked up, never made a path.
  Optional<TrainingOutput> find(String id) throws IOException {
    return all().stream().filter(run -> run.id().equals(id)).findFirst();
  }
}
