package dev.fader.app.hub;

import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/// One model in the cache of Hugging Face's library: `blobs` named by checksum, `snapshots` of
/// links to them by commit, `refs` from revisions to commits.
final class HubCache {
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  private final Path folder;

  HubCache(Path cache, ModelName model) {
    this.folder = cache.resolve(model.folder());
  }

  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  Path folder() {
    return folder;
  }

  Path blob(String checksum) {
    return folder.resolve("blobs").resolve(checksum);
  }

  Path snapshot(String commit) {
    return folder.resolve("snapshots").resolve(commit);
  }

  /// The snapshot of a revision, if it is there.
  Optional<Path> find(String revision) throws IOException {
    var reference = folder.resolve("refs").resolve(revision);
    var commit = Files.isRegularFile(reference) ? Files.readString(reference).strip() : revision;
    if (!isCommit(commit)) {
      return Optional.empty();
    }
    return Optional.of(snapshot(commit)).filter(Files::isDirectory);
  }

  /// Notes which commit a revision was.
  void refer(String revision, String commit) throws IOException {
    if (!revision.equals(commit)) {
      DurableFile.write(folder.resolve("refs").resolve(revision), FileContent.of(commit));
    }
  }

  /// Lets `path` in the snapshot of `commit` be the blob with this checksum.
  void link(String commit, String path, String checksum) throws IOException {
    var link = snapshot(commit).resolve(path);
    var parent = Objects.requireNonNull(link.getParent());
    Files.createDirectories(parent);
    var target = parent.relativize(blob(checksum));
    if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target)) {
      return;
    }
    var fresh = parent.resolve(".%s.%d.link".formatted(link.getFileName(), System.nanoTime()));
    try {
      Files.createSymbolicLink(fresh, target);
    } catch (UnsupportedOperationException | FileSystemException withoutLinks) {
      if (withoutLinks instanceof FileAlreadyExistsException exists) {
        throw exists;
      }
      Files.copy(blob(checksum), fresh);
    }
    Files.move(fresh, link, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /// The files of a snapshot, with `/` between names.
  static List<String> files(Path snapshot) throws IOException {
    var paths = new ArrayList<String>();
    try (var walk = Files.walk(snapshot, 8)) {
      for (var file : (Iterable<Path>) walk::iterator) {
        if (Files.isRegularFile(file)) {
          paths.add(snapshot.relativize(file).toString().replace('\\', '/'));
        }
      }
    }
    paths.sort(null);
    return paths;
  }
}
