package dev.fader.tune.example;

import dev.fader.data.DataException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Finds the files of examples that are named.
public final class ExampleFiles {
  private ExampleFiles() {}

  /// The files, in their order; those of a folder, and of the folders in it, by their path. Files
  /// in folders that hold no examples are passed over, hidden ones too.
  ///
  /// @throws DataException if one is missing, or a folder has none
  public static List<Path> find(List<Path> named) {
    if (named.isEmpty()) {
      throw new DataException("no examples: name a .jsonl, .json or .csv, or a folder of them");
    }
    var files = new ArrayList<Path>();
    for (var path : named) {
      if (Files.isDirectory(path)) {
        files.addAll(folder(path));
      } else if (Files.exists(path)) {
        files.add(path);
      } else {
        throw new DataException("%s: no such file or folder; check the name".formatted(path));
      }
    }
    return List.copyOf(files);
  }

  private static List<Path> folder(Path folder) {
    List<Path> found;
    try (var all = Files.walk(folder)) {
      found =
          all.filter(file -> !isHidden(folder, file) && Files.isRegularFile(file))
              .filter(file -> ExampleReader.kind(file.toString()).isPresent())
              // By the text of the path: the order of Path itself differs between systems.
              .sorted(
                  Comparator.comparing(
                      file -> folder.relativize(file).toString().replace('\\', '/')))
              .toList();
    } catch (IOException failed) {
      throw DataException.unreadable(folder.toString(), failed);
    } catch (UncheckedIOException failed) {
      throw DataException.unreadable(
          folder.toString(), new IOException(failed.getMessage(), failed));
    }
    if (found.isEmpty()) {
      throw new DataException(
          "%s: no .jsonl, .json or .csv in this folder; check the name".formatted(folder));
    }
    return found;
  }

  private static boolean isHidden(Path folder, Path file) {
    for (var part : folder.relativize(file)) {
      if (part.toString().startsWith(".")) {
        return true;
      }
    }
    return false;
  }
}
