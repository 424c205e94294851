package dev.fader.app.studio.board;

import dev.fader.app.studio.request.FileNames;
import dev.fader.format.FormatException;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixException;
import dev.fader.model.mix.MixFile;
import dev.fader.serve.http.ApiException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Mixes that are kept under a name, as files that the command line takes, too: `NAME.mix.json`.
final class SceneFolder {
  static final String ENDING = ".mix.json";

  private static final int MOST = 500;
  private static final long LONGEST = 16 << 20; // bytes
  private static final long MOST_BYTES = 2 * LONGEST; // of all that are listed at once

  private final Path folder;

  SceneFolder(Path folder) {
    this.folder = folder;
  }

  /// A scene, or what is wrong with its file.
  ///
  /// @param mix if the file holds one
  /// @param problem if it holds none
  record Scene(String name, Instant modified, Optional<Mix> mix, String problem) {}

  /// All scenes by name, at most 500.
  ///
  /// @throws IOException if the folder cannot be read
  List<Scene> all() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    var scenes = new ArrayList<Scene>();
    long left = MOST_BYTES;
    try (Stream<Path> files = Files.list(folder)) {
      var named = files.map(SceneFolder::name).flatMap(Optional::stream).sorted().limit(MOST);
      for (var name : (Iterable<String>) named::iterator) {
        long length = file(name).toFile().length(); // 0 of what has gone meanwhile
        boolean fits = length <= LONGEST && length <= left;
        left -= fits ? length : 0;
        scenes.add(scene(name, fits || length > LONGEST));
      }
    } catch (UncheckedIOException unread) {
      throw unread.getCause();
    }
    return scenes;
  }

  private static Optional<String> name(Path file) {
    var last = String.valueOf(file.getFileName());
    if (!last.endsWith(ENDING)) {
      return Optional.empty();
    }
    return Optional.of(last.substring(0, last.length() - ENDING.length()))
        .filter(FileNames::isName);
  }

  private Scene scene(String name, boolean fits) {
    var file = file(name);
    var modified = Instant.EPOCH;
    try {
      modified = Files.getLastModifiedTime(file).toInstant().truncatedTo(ChronoUnit.SECONDS);
      if (!fits) {
        throw new FormatException(
            file,
            "is not shown, since scenes of more than %d bytes are not listed at once: put some of them elsewhere"
                .formatted(MOST_BYTES));
      }
      return new Scene(name, modified, Optional.of(read(file)), "");
    } catch (IOException | MixException broken) {
      return new Scene(name, modified, Optional.empty(), String.valueOf(broken.getMessage()));
    }
  }

  private static Mix read(Path file) throws IOException {
    if (Files.isSymbolicLink(file)) { // it may lead out of the folder
      throw new FormatException(file, "is a link: put a copy of the scene in its place");
    }
    if (!Files.isRegularFile(file)) {
      throw new FormatException(file, "is no file");
    }
    if (Files.size(file) > LONGEST) {
      throw new FormatException(
          file, "has %d bytes, and a mix has at most %d".formatted(Files.size(file), LONGEST));
    }
    return MixFile.read(file);
  }

  private Path file(String name) {
    return FileNames.in(folder, name, ENDING);
  }

  /// The scene of a name.
  ///
  /// @throws ApiException if there is none, or its file is broken
  Mix mix(String name) {
    try {
      return read(file(name));
    } catch (IOException | MixException wrong) {
      var error =
          exists(name)
              ? ApiException.invalid("name", String.valueOf(wrong.getMessage()))
              : none(name);
      error.initCause(wrong);
      throw error;
    }
  }

  private static ApiException none(String name) {
    return new ApiException(
            ApiException.Kind.NOT_FOUND, "there is no scene %s: save one first".formatted(name))
        .at("name");
  }

  private boolean exists(String name) {
    return Files.exists(file(name), LinkOption.NOFOLLOW_LINKS);
  }

  /// Keeps a mix.
  ///
  /// @param replace whether it may take the place of another
  /// @throws ApiException if there is another
  /// @throws IOException if it cannot be written
  synchronized Path save(String name, Mix mix, boolean replace) throws IOException {
    var file = file(name);
    if (exists(name) && !(replace && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))) {
      throw ApiException.invalid(
          "name", "%s is there already: choose another name, or replace it".formatted(name));
    }
    Files.createDirectories(folder);
    MixFile.write(file, mix);
    return file;
  }

  /// Deletes a scene, and says where it was.
  ///
  /// @throws ApiException if there is none
  /// @throws IOException if it cannot be deleted
  synchronized Path delete(String name) throws IOException {
    var file = file(name);
    if (Files.isDirectory(file)) {
      throw none(name);
    }
    try {
      Files.delete(file);
      return file;
    } catch (NoSuchFileException gone) {
      throw none(name);
    }
  }
}
