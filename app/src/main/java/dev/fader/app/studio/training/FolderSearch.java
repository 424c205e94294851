package dev.fader.app.studio.training;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// Looks for folders of a kind, into none that is hidden and none that was found, follows no links,
/// and ends where there is too much to look through.
final class FolderSearch extends SimpleFileVisitor<Path> {
  private static final int DEEPEST = 4;
  private static final int MOST_ENTRIES = 20_000;

  private final Path top;
  private final Predicate<Path> wanted;
  private final List<Path> found = new ArrayList<>();
  private int entries;

  private FolderSearch(Path top, Predicate<Path> wanted) {
    this.top = top;
    this.wanted = wanted;
  }

  /// The wanted folders at and below `top`.
  ///
  /// @throws IOException if it cannot be read
  static List<Path> below(Path top, Predicate<Path> wanted) throws IOException {
    var search = new FolderSearch(top, wanted);
    Files.walkFileTree(top, Set.of(), DEEPEST, search);
    return search.found;
  }

  @Override
  public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
    boolean hidden = !directory.equals(top) && directory.getFileName().toString().startsWith(".");
    if (hidden) {
      return FileVisitResult.SKIP_SUBTREE;
    }
    if (wanted.test(directory)) {
      found.add(directory);
      return FileVisitResult.SKIP_SUBTREE;
    }
    return goOn();
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
    return goOn();
  }

  @Override
  public FileVisitResult visitFileFailed(Path file, IOException denied) {
    return goOn();
  }

  private FileVisitResult goOn() {
    entries++;
    return entries > MOST_ENTRIES ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
  }
}
