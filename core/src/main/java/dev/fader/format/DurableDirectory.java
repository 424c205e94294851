package dev.fader.format;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// A directory that is written atomically, such as a checkpoint.
///
/// Files are written to a hidden sibling `.NAME.xxxxxxxx.new`, each forced to disk and hashed, and
/// `manifest.json` last. [#commit()] forces the directory and renames it into place; an older
/// directory is first renamed to `.NAME.xxxxxxxx.old`, and deleted afterwards. A crash between the
/// two renames leaves neither in place: [#recover] restores one, so call it before looking for the
/// directory.
///
/// Only one writer at a time for one directory; not safe for use by several threads.
public final class DurableDirectory implements AutoCloseable {
  private static final String NEW = ".new";
  private static final String OLD = ".old";

  private final Path target;
  private final Path staging;
  private final Path aside;
  private final Manifest manifest = new Manifest();
  private boolean committed;

  private DurableDirectory(Path target) {
    String hidden = "." + target.getFileName() + "." + DurableFile.unique();
    this.target = target;
    this.staging = target.resolveSibling(hidden + NEW);
    this.aside = target.resolveSibling(hidden + OLD);
  }

  /// Begins a directory that will become `target`, after a [#recover]. `target` itself is not
  /// touched before [#commit()].
  ///
  /// @throws IOException if there is a file of that name or no directory can be made beside it
  public static DurableDirectory create(Path target) throws IOException {
    Path real = place(target);
    if (Files.exists(real) && !Files.isDirectory(real)) {
      throw new FileAlreadyExistsException(target.toString(), null, "it is not a directory");
    }
    DurableFile.createDirectories(DurableFile.parent(real));
    recover(real);
    var directory = new DurableDirectory(real);
    Files.createDirectory(directory.staging);
    return directory;
  }

  /// Writes a file of the new directory and forces it to disk. `name` may contain subdirectories,
  /// separated by `/`.
  ///
  /// @throws IllegalArgumentException if `name` is absolute, leaves the directory, or is
  ///   `manifest.json`
  /// @throws IOException if it cannot be written or already exists
  public void write(String name, FileContent content) throws IOException {
    if (!PlainName.isPlainPath(name) || name.equals(Manifest.NAME)) {
      throw new IllegalArgumentException(
          FormatException.quoted(name) + " cannot be a file of a directory with a manifest");
    }
    Path file = staging.resolve(name);
    DurableFile.createDirectories(DurableFile.parent(file));
    manifest.add(name, DurableFile.writeNew(file, content));
    DurableFile.force(DurableFile.parent(file));
  }

  /// Where the files lie until [#commit()], to be read.
  public Path staging() {
    return staging;
  }

  /// Completes the directory and moves it into place, replacing an older one.
  ///
  /// @throws IOException if that fails; then the older one is still there
  public void commit() throws IOException {
    DurableFile.writeNew(staging.resolve(Manifest.NAME), manifest.content());
    DurableFile.force(staging);
    Path parent = DurableFile.parent(target);
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      move(target, aside);
      try {
        move(staging, target);
      } catch (IOException failed) {
        move(aside, target);
        throw failed;
      }
    } else {
      move(staging, target);
    }
    committed = true;
    DurableFile.force(parent);
    delete(aside);
  }

  /// Deletes the new directory, unless it was committed.
  @Override
  public void close() throws IOException {
    if (!committed) {
      delete(staging);
    }
  }

  /// Checks every file of a directory against its manifest.
  ///
  /// @return the first problem, in one line that names the file: missing, truncated or altered;
  ///   empty if there is none
  /// @throws IOException if a file cannot be read
  public static Optional<String> verify(Path directory) throws IOException {
    try {
      return Manifest.read(directory).problem(directory);
    } catch (NoSuchFileException missing) {
      return Optional.of(
          directory + " has no manifest.json: it was not finished or is not a checkpoint");
    } catch (FormatException broken) {
      return Optional.of(broken.getMessage());
    }
  }

  /// Recovers from a writer of `target` that was killed: if there is no `target`, moves the new
  /// directory into place if it is complete, else the old one; deletes the rest.
  public static void recover(Path target) throws IOException {
    Path place = place(target);
    if (!Files.isDirectory(DurableFile.parent(place))) {
      return;
    }
    var leftovers = leftovers(place);
    for (Path old : List.copyOf(leftovers)) {
      if (old.toString().endsWith(OLD) && !Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
        String name = old.toString();
        Path replacement = Path.of(name.substring(0, name.length() - OLD.length()) + NEW);
        Path whole = verify(replacement).isEmpty() ? replacement : old;
        move(whole, place);
        DurableFile.force(DurableFile.parent(place));
        leftovers.remove(whole);
      }
    }
    for (Path leftover : leftovers) {
      delete(leftover);
    }
  }

  /// The real path of `target`: renaming a link would not move its target.
  private static Path place(Path target) throws IOException {
    Path place = target.toAbsolutePath().normalize();
    return Files.isSymbolicLink(place)
        ? place.resolveSibling(Files.readSymbolicLink(place)).normalize()
        : place;
  }

  /// All siblings of `target` that a writer of it creates, by name.
  private static List<Path> leftovers(Path target) throws IOException {
    var name =
        Pattern.compile(Pattern.quote("." + target.getFileName()) + "\\.[0-9a-f]{8}\\.(new|old)");
    var found = new ArrayList<Path>();
    try (var siblings =
        Files.newDirectoryStream(
            DurableFile.parent(target), p -> name.matcher(p.getFileName().toString()).matches())) {
      siblings.forEach(found::add);
    }
    Collections.sort(found);
    return found;
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Deletes a directory recursively, without following links.
  public static void delete(Path directory) throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<Path> deepestFirst;
    try (var all = Files.walk(directory)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
  }
}
