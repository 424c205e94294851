package dev.fader.app.studio.library;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Looks for models below a folder, without following links.
final class FolderModels extends SimpleFileVisitor<Path> {
  private static final int DEEP = 4;
  private static final int MOST_VISITED = 20_000; // files and directories
  private static final int MOST_FILES = 1000; // of a model
  private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  private final Path folder;
  private final List<StoredModel> found = new ArrayList<>();
  private int visited;

  private FolderModels(Path folder) {
    this.folder = folder;
  }

  /// The models below a folder, by their paths.
  ///
  /// @throws IOException if the folder cannot be read
  static List<StoredModel> in(Path folder) throws IOException {
    var visitor = new FolderModels(folder);
    Files.walkFileTree(folder, EnumSet.noneOf(FileVisitOption.class), DEEP, visitor);
    visitor.found.sort((a, b) -> a.name().compareTo(b.name()));
    return visitor.found;
  }

  @Override
  public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
    if (++visited > MOST_VISITED) {
      return FileVisitResult.TERMINATE;
    }
    boolean inside = !directory.equals(folder);
    var name = String.valueOf(directory.getFileName());
    if (inside && (name.startsWith(".") || name.startsWith("models--"))) {
      return FileVisitResult.SKIP_SUBTREE;
    }
    if (inside && isModel(directory)) {
      add(directory, files(directory));
      return FileVisitResult.SKIP_SUBTREE;
    }
    return FileVisitResult.CONTINUE;
  }

  private static boolean isModel(Path directory) {
    return Files.isRegularFile(directory.resolve("config.json"))
        && (Files.isRegularFile(directory.resolve("model.safetensors"))
            || Files.isRegularFile(directory.resolve("model.safetensors.index.json")));
  }

  private static List<Path> files(Path directory) {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(Files::isRegularFile).limit(MOST_FILES).toList();
    } catch (IOException | UncheckedIOException gone) {
      return List.of();
    }
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
    if (++visited > MOST_VISITED) {
      return FileVisitResult.TERMINATE;
    }
    var name = String.valueOf(file.getFileName());
    if (attributes.isRegularFile() && name.endsWith(".gguf") && !name.startsWith("mmproj")) {
      var part = PART.matcher(name);
      if (!part.matches()) {
        add(file, List.of(file));
      } else if (part.group(2).equals("00001")) {
        add(file, parts(file, part.group(1), part.group(3)));
      }
    }
    return FileVisitResult.CONTINUE;
  }

  private static List<Path> parts(Path first, String name, String count) {
    var parts = new ArrayList<Path>();
    for (int i = 1; i <= Math.min(MOST_FILES, Integer.parseInt(count)); i++) {
      var part = first.resolveSibling("%s-%05d-of-%s.gguf".formatted(name, i, count));
      if (Files.isRegularFile(part)) {
        parts.add(part);
      }
    }
    return parts;
  }

  private void add(Path path, List<Path> files) {
    var name = folder.relativize(path).toString().replace('\\', '/');
    found.add(new StoredModel(name, "folder", path, files.size(), bytes(files)));
  }

  private static long bytes(List<Path> files) {
    long bytes = 0;
    for (var file : files) {
      bytes += file.toFile().length(); // 0 of what has gone meanwhile
    }
    return bytes;
  }

  /// What cannot be read has no models.
  @Override
  public FileVisitResult visitFileFailed(Path file, IOException failed) throws IOException {
    if (file.equals(folder)) {
      throw failed;
    }
    return FileVisitResult.CONTINUE;
  }
}
