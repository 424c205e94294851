package dev.fader.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Resolves the names of a [Corpus.Request] to sources.
final class SourceFinder implements AutoCloseable {
  private static final int STORY_COUNT = 20_000;

  private final Corpus.Request request;
  private final Path javaHome;
  private final Consumer<String> announce;
  private final List<Path> spooled = new ArrayList<>();

  SourceFinder(Corpus.Request request, Path javaHome, Consumer<String> announce) {
    this.request = request;
    this.javaHome = javaHome;
    this.announce = announce;
  }

  /// The sources of all arguments, in their order; files of a folder by their path.
  ///
  /// @throws DataException if one is missing, empty or cannot be read
  List<Source> find() {
    if (request.data().isEmpty()) {
      throw new DataException("no data: name a text, a folder, a .jsonl, - or jdk");
    }
    var sources = new ArrayList<Source>();
    for (var argument : request.data()) {
      switch (argument) {
        case "-" -> sources.add(spool(request.standardInput(), "standard input"));
        case "jdk" -> sources.add(jdk());
        default -> sources.addAll(path(argument));
      }
    }
    return sources;
  }

  private Source jdk() {
    var archive = javaHome.resolve("lib").resolve("src.zip");
    if (Files.isRegularFile(archive)) {
      return new JdkSources(archive, request.glob().map(Glob::parse));
    }
    announce.accept(
        "jdk: this JDK has no %s, so the model learns from %d made-up stories instead"
            .formatted(archive, STORY_COUNT));
    return new SyntheticStories(1, STORY_COUNT);
  }

  private List<Source> path(String argument) {
    var path = toPath(argument);
    if (Files.isDirectory(path)) {
      return folder(path, request.glob().map(Glob::parse));
    }
    if (Files.isRegularFile(path)) {
      return List.of(file(path, argument));
    }
    if (Files.exists(path)) {
      return List.of(pipe(path));
    }
    if (!Glob.isPattern(argument)) {
      throw new DataException(
          "%s: no such file or folder; check the name, or use - for standard input"
              .formatted(argument));
    }
    return pattern(argument);
  }

  private static Path toPath(String argument) {
    try {
      return Path.of(argument);
    } catch (InvalidPathException broken) {
      throw new DataException(
          "%s: not a file name here (%s)".formatted(argument, broken.getReason()), broken);
    }
  }

  /// `folder/**/*.java`: splits before the first path element that is a pattern.
  private List<Source> pattern(String argument) {
    var folder = new StringBuilder();
    int from = 0;
    for (int slash = argument.indexOf('/'); slash >= 0; slash = argument.indexOf('/', from)) {
      if (Glob.isPattern(argument.substring(from, slash))) {
        break;
      }
      folder.append(argument, from, slash + 1);
      from = slash + 1;
    }
    var base = toPath(folder.isEmpty() ? "." : folder.toString());
    if (!Files.isDirectory(base)) {
      throw new DataException("%s: no folder %s; check the name".formatted(argument, base));
    }
    // A leading "./" is no part of the relative paths, and makes the pattern one for paths.
    var below = argument.substring(from);
    return folder(
        base, Optional.of(below.contains("/") ? Glob.parse(below) : Glob.inFolder(below)));
  }

  private Source file(Path path, String name) {
    try {
      if (Files.size(path) == 0) {
        throw new DataException("%s: empty; there is nothing to learn from".formatted(name));
      }
    } catch (IOException failed) {
      throw DataException.unreadable(name, failed);
    }
    if (!Files.isReadable(path)) {
      throw new DataException(
          "%s: cannot be read: permission denied; make it readable".formatted(name));
    }
    return new Source.TextFile(path, name, name.endsWith(".jsonl") || name.endsWith(".jsonl.gz"));
  }

  private List<Source> folder(Path folder, Optional<Glob> glob) {
    var files = new ArrayList<Path>();
    try {
      Files.walkFileTree(folder, new Finder(folder, glob, files));
    } catch (IOException failed) {
      throw DataException.unreadable(folder.toString(), failed);
    }
    // By the text of the path: the order of Path itself differs between systems.
    files.sort(Comparator.comparing(file -> folder.relativize(file).toString().replace('\\', '/')));
    int found = files.size();
    files.removeIf(file -> isEmpty(file) || (glob.isEmpty() && isBinary(file)));
    if (files.isEmpty()) {
      throw new DataException(
          "%s: no text files%s in this folder%s"
              .formatted(
                  folder,
                  glob.map(pattern -> " like " + pattern).orElse(""),
                  found > 0 ? " (empty or binary: %d)".formatted(found) : "; check the name"));
    }
    if (found > files.size()) {
      announce.accept(
          "%s: empty or binary files left out: %d of %d"
              .formatted(folder, found - files.size(), found));
    }
    return files.stream().map(file -> file(file, file.toString())).toList();
  }

  private static boolean isEmpty(Path file) {
    try {
      return Files.size(file) == 0;
    } catch (IOException failed) {
      throw DataException.unreadable(file.toString(), failed);
    }
  }

  private static boolean isBinary(Path file) {
    try (var input = Files.newInputStream(file)) {
      var start = input.readNBytes(4096);
      boolean hasZero = false;
      for (byte value : start) {
        hasZero |= value == 0;
      }
      return hasZero && !Utf8Text.isGzip(Arrays.copyOf(start, 2));
    } catch (IOException failed) {
      throw DataException.unreadable(file.toString(), failed);
    }
  }

  private Source pipe(Path path) {
    try (var input = Files.newInputStream(path)) {
      return spool(input, path.toString());
    } catch (IOException failed) {
      throw DataException.unreadable(path.toString(), failed);
    }
  }

  /// Copies a stream that can be read only once to a file, because a corpus is read several times.
  private Source spool(InputStream input, String name) {
    var copy = PartialFile.create(request.cache(), "input");
    spooled.add(copy);
    try (var output = Files.newOutputStream(copy)) {
      input.transferTo(output);
    } catch (IOException failed) {
      throw new DataException(
          "%s: cannot be copied to %s: %s".formatted(name, copy, failed.getMessage()), failed);
    }
    var lines = new Source.TextFile(copy, name, true);
    if (!lines.startsWithObject()) {
      return file(copy, name);
    }
    announce.accept("%s: read as JSON lines".formatted(name));
    return lines;
  }

  @Override
  public void close() {
    for (var copy : spooled) {
      try {
        Files.deleteIfExists(copy);
      } catch (IOException failed) {
        announce.accept("%s: could not be deleted: %s".formatted(copy, failed.getMessage()));
      }
    }
  }

  /// Collects files that are not hidden; links to files are followed, links to folders are not.
  private static final class Finder extends SimpleFileVisitor<Path> {
    private final Path folder;
    private final Optional<Glob> glob;
    private final List<Path> files;

    Finder(Path folder, Optional<Glob> glob, List<Path> files) {
      this.folder = folder;
      this.glob = glob;
      this.files = files;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path entered, BasicFileAttributes attributes) {
      boolean hidden = !entered.equals(folder) && isHidden(entered);
      return hidden ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (!isHidden(file)
          && Files.isRegularFile(file)
          && (glob.isEmpty() || glob.get().matches(folder.relativize(file)))) {
        files.add(file);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failed) {
      if (failed instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE; // gone since the folder was listed
      }
      throw DataException.unreadable(file.toString(), failed);
    }

    private static boolean isHidden(Path path) {
      return path.getFileName().toString().startsWith(".");
    }
  }
}
