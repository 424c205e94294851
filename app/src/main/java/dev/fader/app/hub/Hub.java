package dev.fader.app.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The Hugging Face hub and what of it is on this machine.
public final class Hub {
  /// The revision that is meant if none is said.
  public static final String MAIN = "main";

  private final HubConfig config;
  private final Duration patience;

  /// The hub of a configuration.
  public Hub(HubConfig config) {
    this(config, StallGuard.PATIENCE);
  }

  Hub(HubConfig config, Duration patience) {
    this.config = config;
    this.patience = patience;
  }

  /// That which the environment names, by the variables of Hugging Face's own library.
  ///
  /// @throws IOException if these make no sense
  public static Hub ofEnvironment() throws IOException {
    return new Hub(HubConfig.of(System.getenv(), Path.of(System.getProperty("user.home"))));
  }

  /// A model in the cache.
  ///
  /// @param path its directory, or its (first) GGUF file
  /// @param files their paths in the repository
  /// @param bytes of all files
  public record Cached(ModelName name, Path path, List<String> files, long bytes) {}

  /// What of the hub is on this machine, by name: the main revision of each model that was fetched,
  /// and each GGUF file by itself.
  ///
  /// @throws IOException if the cache cannot be read
  public List<Cached> cached() throws IOException {
    var found = new ArrayList<Cached>();
    if (Files.isDirectory(config.cache())) {
      try (var folders = Files.newDirectoryStream(config.cache(), "models--*")) {
        for (var folder : folders) {
          var name = ModelName.ofFolder(String.valueOf(folder.getFileName()));
          if (name.isPresent()) {
            addCached(name.get(), found);
          }
        }
      }
    }
    found.sort(Comparator.comparing(model -> model.name().toString()));
    return found;
  }

  private void addCached(ModelName name, List<Cached> found) throws IOException {
    var snapshot = new HubCache(config.cache(), name).find(MAIN);
    if (snapshot.isEmpty()) {
      return;
    }
    var all = HubCache.files(snapshot.get());
    for (var selection : FileSelection.selections(all)) {
      var files = FileSelection.of(all, selection);
      long bytes = bytes(snapshot.get(), files);
      found.add(new Cached(name.with(selection), place(snapshot.get(), files), files, bytes));
    }
  }

  private static long bytes(Path snapshot, List<String> files) throws IOException {
    long bytes = 0;
    for (var file : files) {
      bytes += Files.size(snapshot.resolve(file));
    }
    return bytes;
  }

  /// The bytes that are free where models are kept.
  ///
  /// @throws IOException if that cannot be told
  public long freeBytes() throws IOException {
    var place = config.cache().toAbsolutePath();
    while (!Files.exists(place) && place.getParent() != null) {
      place = place.getParent();
    }
    return Files.getFileStore(place).getUsableSpace();
  }

  /// What has been fetched.
  ///
  /// @param commit which one
  /// @param path the directory of the model, or its (first) GGUF file
  /// @param files their paths in the repository
  /// @param bytes of all files
  /// @param fetched bytes that were not there before
  public record Pulled(String commit, Path path, List<String> files, long bytes, long fetched) {}

  /// Hears how far it is.
  @FunctionalInterface
  public interface Progress {
    /// `arrived` of `bytes` are there; `file` is the one that comes now.
    void at(long arrived, long bytes, String file);
  }

  /// Where a model is in the cache, if it is: its directory, or its GGUF file.
  ///
  /// @throws IOException if the cache cannot be read
  public Optional<Path> find(ModelName model, String revision) throws IOException {
    checkRevision(revision);
    var snapshot = new HubCache(config.cache(), model).find(revision);
    if (snapshot.isEmpty()) {
      return Optional.empty();
    }
    var files = HubCache.files(snapshot.get());
    try {
      return Optional.of(place(snapshot.get(), FileSelection.of(files, model.selection())));
    } catch (HubException none) {
      return Optional.empty();
    }
  }

  /// Fetches what is not in the cache yet.
  ///
  /// @throws HubException if the hub refuses, or sends something else than it said
  public Pulled pull(ModelName model, String revision, Progress progress) throws IOException {
    checkRevision(revision);
    if (config.offline()) {
      return cached(model, revision);
    }
    try (var client = new HubClient(config, patience)) {
      var listed = client.model(model, revision);
      var chosen = chosen(model, listed);
      checkRoom(model, chosen);
      var cache = new HubCache(config.cache(), model);
      long bytes = chosen.stream().mapToLong(HubFile::bytes).reduce(0, Math::addExact);
      long done = 0;
      long fetched = 0;
      for (var file : chosen) {
        var blob = cache.blob(file.checksum());
        if (!Files.exists(blob) || Files.size(blob) != file.bytes()) {
          long before = done;
          new BlobDownload(client, model, listed.commit(), file)
              .to(blob, arrived -> progress.at(before + arrived, bytes, file.path()));
          fetched += file.bytes();
        }
        done += file.bytes();
        cache.link(listed.commit(), file.path(), file.checksum());
      }
      cache.refer(revision, listed.commit());
      var paths = chosen.stream().map(HubFile::path).toList();
      var place = place(cache.snapshot(listed.commit()), paths);
      return new Pulled(listed.commit(), place, paths, bytes, fetched);
    } catch (ArithmeticException overflow) {
      throw new HubException("%s: its files are too large to count".formatted(model), overflow);
    }
  }

  private static void checkRevision(String revision) {
    if (!RepositoryPath.isPlain(revision)) {
      throw new IllegalArgumentException(
          "--revision '%s' is not a branch, tag or commit".formatted(revision));
    }
  }

  private Pulled cached(ModelName model, String revision) throws IOException {
    var path = find(model, revision);
    if (path.isEmpty()) {
      throw new HubException(
          "%s is not in %s, and HF_HUB_OFFLINE forbids to ask the hub"
              .formatted(model, config.cache()));
    }
    var snapshot = new HubCache(config.cache(), model).find(revision).orElseThrow();
    var files = FileSelection.of(HubCache.files(snapshot), model.selection());
    long bytes = bytes(snapshot, files);
    return new Pulled(String.valueOf(snapshot.getFileName()), path.get(), files, bytes, 0);
  }

  private static List<HubFile> chosen(ModelName model, HubModel listed) throws HubException {
    var paths = listed.files().stream().map(HubFile::path).toList();
    try {
      var wanted = FileSelection.of(paths, model.selection());
      var chosen = new ArrayList<HubFile>();
      for (var path : wanted) {
        chosen.add(listed.files().get(paths.indexOf(path)));
      }
      return chosen;
    } catch (HubException none) {
      throw new HubException(model.repository() + ": " + none.getMessage());
    }
  }

  private void checkRoom(ModelName model, List<HubFile> files) throws IOException {
    var cache = new HubCache(config.cache(), model);
    Files.createDirectories(config.cache());
    long needed = 0;
    for (var file : files) {
      var blob = cache.blob(file.checksum());
      if (!Files.exists(blob)) {
        var begun = BlobDownload.incomplete(blob);
        long there = Files.exists(begun) ? Math.min(Files.size(begun), file.bytes()) : 0;
        needed = Math.addExact(needed, file.bytes() - there);
      }
    }
    long room = Files.getFileStore(config.cache()).getUsableSpace();
    if (needed > room) {
      throw new HubException(
          "%s takes %d more bytes, and %d are free in %s: make room, or set HF_HUB_CACHE"
              .formatted(model, needed, room, config.cache()));
    }
  }

  /// A GGUF file is a model by itself, other files are one together.
  private static Path place(Path snapshot, List<String> files) {
    boolean alone = files.stream().noneMatch(path -> path.equals("config.json"));
    return alone ? snapshot.resolve(files.getFirst()) : snapshot;
  }
}
